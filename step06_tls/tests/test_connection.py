"""TLS as a client meets it: who is accepted, who is refused, and why."""

import http.client
import socket
import ssl
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtensionOID

from launcher.readiness import get, only
from launcher.sites import Site
from step05_nginx.tests.edge import ask
from step06_tls import authority, certificates
from step06_tls.tests.handshake import converse, handshake


def connect(site: Site, context: ssl.SSLContext, name: str = "localhost", **options: object) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", site.ports["https"]), timeout=10)
    try:
        return context.wrap_socket(plain, server_hostname=name, **options)  # type: ignore[arg-type]
    except BaseException:
        plain.close()
        raise


@pytest.fixture
def trusting(site: Site) -> ssl.SSLContext:
    """A client that trusts the local authority and nobody else."""
    return ssl.create_default_context(cafile=site.root_certificate)


@pytest.mark.parametrize("name", ["localhost", "app.lab.test", "127.0.0.1", "::1"])
def test_who_trusts_the_authority_accepts_the_site_by_each_of_its_names(
    site: Site, trusting: ssl.SSLContext, name: str
) -> None:
    with connect(site, trusting, name) as connection:
        assert connection.version() == "TLSv1.3"


def test_also_a_client_that_is_strict_about_certificates(site: Site, trusting: ssl.SSLContext) -> None:
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    connect(site, trusting).close()


def test_who_does_not_trust_the_authority_refuses(site: Site) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        connect(site, ssl.create_default_context())


def test_another_name_is_refused(site: Site, trusting: ssl.SSLContext) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        connect(site, trusting, "bank.lab.test")


def test_each_refusal_names_the_guarantee_that_is_missing(tmp_path: Path) -> None:
    assert "Hostname mismatch" in handshake(tmp_path, "localhost", claimed="app.lab.test")
    assert handshake(tmp_path, "localhost", claimed="localhost", life=timedelta(days=-1)) == (
        "certificate has expired"
    )
    stranger = authority.new_root()
    assert "issuer" in handshake(tmp_path, "localhost", claimed="localhost", trusted=stranger)


def test_a_certificate_that_vouches_for_itself_is_refused(tmp_path: Path) -> None:
    certificates.save(authority.new_root(), tmp_path / "self.pem", tmp_path / "self-key.pem")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "self.pem", tmp_path / "self-key.pem")
    assert "self-signed" in converse(server, ssl.create_default_context(), "localhost")


def unwary(version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that would speak this version, however old, with whatever cipher."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused_by_the_server_to_a_client_that_could_speak_them(
    site: Site, version: ssl.TLSVersion, old_server: Callable[[], socket.socket]
) -> None:
    # That this client could speak it is shown by one that accepts.
    plain = socket.create_connection(old_server().getsockname())
    with unwary(version).wrap_socket(plain) as connection:
        assert connection.version() == {"TLSv1": "TLSv1", "TLSv1_1": "TLSv1.1"}[version.name]
    with pytest.raises(ssl.SSLError, match="(?i)alert protocol version"):
        connect(site, unwary(version))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_versions_are_spoken_with_forward_secrecy(site: Site, version: ssl.TLSVersion) -> None:
    with connect(site, unwary(version)) as connection:
        cipher = connection.cipher()
        assert cipher
        assert cipher[0].startswith(("ECDHE-ECDSA-", "TLS_"))


@pytest.mark.parametrize("cipher", ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256"])
def test_weak_ciphers_are_refused(site: Site, cipher: str) -> None:
    context = unwary(ssl.TLSVersion.TLSv1_2)
    context.set_ciphers(f"{cipher}:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="(?i)handshake failure"):
        connect(site, context)


def test_http2_is_agreed_in_the_handshake_and_http1_still_works(site: Site, trusting: ssl.SSLContext) -> None:
    for offered, agreed in ((["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")):
        trusting.set_alpn_protocols(offered)
        with connect(site, trusting) as connection:
            assert connection.selected_alpn_protocol() == agreed


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_who_comes_back_resumes_the_session(
    site: Site, trusting: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    trusting.minimum_version = trusting.maximum_version = version
    with connect(site, trusting) as first:
        # In TLS 1.3 the ticket comes after the handshake, so with the answer.
        first.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while first.recv(65536):
            pass
        session = first.session
        assert not first.session_reused
    with connect(site, trusting, session=session) as second:
        assert second.session_reused


def test_the_launcher_takes_nobody_elses_certificate_for_ours(site: Site, tmp_path: Path) -> None:
    port = site.ports["https"]
    ours = only(site.run / "step06" / "tls" / "fullchain.pem")
    get(http.client.HTTPSConnection("127.0.0.1", port, context=ours))
    certificates.ensure(tmp_path)  # for the same names, by another authority
    other = only(tmp_path / "step06" / "tls" / "fullchain.pem")
    with pytest.raises(ssl.SSLCertVerificationError):
        get(http.client.HTTPSConnection("127.0.0.1", port, context=other))


def handshake_bytes(
    site: Site, context: ssl.SSLContext, session: ssl.SSLSession | None
) -> tuple[int, ssl.SSLObject]:
    """How many bytes the site sends until both agree; and the connection, for its session."""
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(received, sent, server_hostname="localhost", session=session)
    count = 0
    with socket.create_connection(("127.0.0.1", site.ports["https"]), timeout=10) as plain:
        while True:
            try:
                client.do_handshake()
                return count, client
            except ssl.SSLWantReadError:
                plain.sendall(sent.read())
                data = plain.recv(65536)
                count += len(data)
                received.write(data)


def test_a_resumed_handshake_needs_less_than_half_of_the_bytes(site: Site, trusting: ssl.SSLContext) -> None:
    # TLS 1.2, whose session is known when the handshake ends.
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    full, first = handshake_bytes(site, trusting, None)
    resumed, second = handshake_bytes(site, trusting, first.session)
    assert second.session_reused
    assert resumed < full / 2, (resumed, full)


def test_nothing_promises_ocsp(site: Site, needs: Callable[[str], str]) -> None:
    """No answer is stapled, and the certificate names no service that would give one: there is none."""
    command = [needs("openssl"), "s_client", "-connect", f"localhost:{site.ports['https']}", "-status"]
    shown = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert "OCSP response: no response sent" in shown.stdout
    leaf = certificates.installed(site.run)
    known = {extension.oid for extension in leaf.extensions}
    assert ExtensionOID.AUTHORITY_INFORMATION_ACCESS not in known


def test_nothing_readable_is_on_the_wire(site: Site, trusting: ssl.SSLContext) -> None:
    sent, received = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(received, sent, server_hostname="localhost")
    wire, done = b"", 0
    with socket.create_connection(("127.0.0.1", site.ports["https"]), timeout=10) as plain:
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                wire += sent.read()
                plain.sendall(wire[done:])
                done = len(wire)
                received.write(plain.recv(65536))
        client.write(
            b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 19\r\n\r\npassword=analytical"
        )
        wire += sent.read()
    assert b"localhost" in wire  # the name that is wanted is said before there is a key
    assert len(wire) > 500
    assert b"analytical" not in wire
    assert b"POST" not in wire


@pytest.mark.parametrize(
    ("host", "led_to"), [("app.lab.test", "app.lab.test"), ("bank.example", "localhost")]
)
def test_plain_http_on_the_tls_port_is_led_to_https_at_a_known_name(
    site: Site, host: str, led_to: str
) -> None:
    answer = ask(site.ports["https"], "/sign?a=1", {"Host": host})
    assert (answer.status, answer["Location"]) == (301, f"https://{led_to}:{site.ports['https']}/sign?a=1")


@pytest.fixture
def old_server(tmp_path: Path) -> Iterator[Callable[[], socket.socket]]:
    """A server that still accepts TLS 1.0 and 1.1, once."""
    certificates.save(authority.new_root(), tmp_path / "old.pem", tmp_path / "old-key.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "old.pem", tmp_path / "old-key.pem")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        plain, _ = listener.accept()
        with plain, context.wrap_socket(plain, server_side=True) as connection:
            connection.recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    yield lambda: listener
    thread.join(10)
    listener.close()
