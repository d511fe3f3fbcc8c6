"""The addresses that a person types: each mistake is one line with the mend."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.x509.oid import NameOID

from checks.command import CannotStart, Misused
from checks.learner.addresses import reached, target_of
from checks.target import Address, Target
from launcher.sites import free_ports


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on a free port, one visitor at a time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def test_an_address_is_read() -> None:
    target = target_of("http://localhost:9000/")
    assert target == Target("http://localhost:9000/", Address("127.0.0.1", 9000, False, "localhost"))
    assert target_of("http://[::1]:9000").main == Address("::1", 9000, False, "::1")


def test_both_addresses_of_a_site_with_tls_are_read() -> None:
    target = target_of("https://localhost:8446", "http://localhost")
    assert target.https == Address("127.0.0.1", 8446, True, "localhost")
    assert target.http == Address("127.0.0.1", 80, False, "localhost")


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("localhost:9000", "URL=http://localhost:9000"),
        ("9000", "URL=http://9000"),
        ("ftp://localhost", "speak http and https, not ftp"),
        ("http://", "names no host"),
        ("http://:9000", "names no host"),
        ("http://localhost:9000/app", "choose the paths themselves: URL=http://localhost:9000"),
        ("http://localhost:9000?a=b", "choose the paths themselves"),
        ("http://ada:secret@localhost:9000", "choose the paths themselves: URL=http://localhost:9000"),
        ("http://localhost:99999", "is no address"),
        ("http://localhost:nine", "is no address"),
        ("http://localhost:0", "port 0"),
        ("http://[::1", "is no address"),
        ("http://no-such-host.invalid:9000", "nobody knows the host"),
        ("http://" + "a" * 70 + ":9000", "nobody knows the host"),
        ("http://8.8.8.8", "on this machine or network"),
    ],
)
def test_a_wrong_address_is_refused_in_one_line(url: str, mend: str) -> None:
    with pytest.raises(Misused) as refusal:
        target_of(url)
    assert mend in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "http_url", "authority", "mend"),
    [
        ("http://localhost:1", "http://localhost:2", "", "URL=https://"),
        ("https://localhost:1", "https://localhost:2", "", "begins with http://"),
        ("https://localhost:1", "http://127.0.0.1:2", "", "by two names, localhost and 127.0.0.1"),
        ("http://localhost:1", "", "root.pem", "give URL=https://"),
        ("https://localhost:1", "", "/no/such/file", "No such file"),
        ("https://localhost:1", "", __file__, "holds no certificate"),
        ("https://localhost:1", "", "/", "AUTHORITY=/"),
    ],
)
def test_settings_that_do_not_fit_are_refused(url: str, http_url: str, authority: str, mend: str) -> None:
    with pytest.raises(Misused) as refusal:
        target_of(url, http_url, authority)
    assert mend in str(refusal.value)


def test_nobody_listens() -> None:
    port = free_ports(("step01",))["STEP01_PORT"]
    with pytest.raises(CannotStart, match="start your server in another terminal, or give CMD="):
        reached(target_of(f"http://127.0.0.1:{port}"))


def test_both_addresses_must_be_there(tmp_path: Path) -> None:
    port = free_ports(("step01",))["STEP01_PORT"]
    with (
        self_signed(tmp_path) as secure,
        pytest.raises(CannotStart, match=f"port {port}: Connection refused"),
    ):
        reached(target_of(f"https://localhost:{secure}", f"http://localhost:{port}"))


def test_https_where_nobody_speaks_tls() -> None:
    with (
        listening(lambda one: one.sendall(one.recv(9999) and b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port,
        pytest.raises(CannotStart) as refusal,
    ):
        reached(target_of(f"https://127.0.0.1:{port}"))
    assert f"if it speaks no TLS: URL=http://127.0.0.1:{port}" in str(refusal.value)


@pytest.mark.parametrize("kind", ["alert", "nginx"])
def test_http_where_tls_is_spoken(kind: str) -> None:
    body = b"The plain HTTP request was sent to HTTPS port"
    answers = {
        "alert": b"\x15\x03\x01\x00\x02\x02\x46",
        "nginx": b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body),
    }
    with (
        listening(lambda one: one.sendall(one.recv(9999) and answers[kind])) as port,
        pytest.raises(Misused) as refusal,
    ):
        reached(target_of(f"http://127.0.0.1:{port}"))
    assert str(refusal.value) == f"http://127.0.0.1:{port} speaks TLS: URL=https://127.0.0.1:{port}"


@pytest.mark.parametrize("answer", [b"", b"\x00nonsense", b"HTTP/1.1 500 Oh\r\n\r\n"])
def test_any_answer_will_do(answer: bytes) -> None:
    with listening(lambda one: one.sendall(one.recv(9999) and answer)) as port:
        reached(target_of(f"http://127.0.0.1:{port}"))


def certificate(folder: Path) -> Path:
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a learner")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=1))
    pem = serialization.Encoding.PEM
    file = folder / "site.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + builder.sign(key, hashes.SHA256()).public_bytes(pem)
    )
    return file


@contextmanager
def self_signed(folder: Path) -> Iterator[int]:
    """A TLS server whose certificate nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder))

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(9999)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with listening(answer) as port:
        yield port


def test_a_self_signed_certificate_is_no_reason_to_stop(tmp_path: Path) -> None:
    with self_signed(tmp_path) as port:
        reached(target_of(f"https://localhost:{port}"))
