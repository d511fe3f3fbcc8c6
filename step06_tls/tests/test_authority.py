"""The local authority: what it vouches for, what it cannot, and when it makes something new."""

import multiprocessing
import ssl
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from step06_tls import authority, certificates
from step06_tls.tests.handshake import handshake


def leaf_path(run: Path) -> Path:
    return run / "step06" / "tls" / "fullchain.pem"


def test_a_second_start_keeps_the_authority_and_the_certificate(tmp_path: Path) -> None:
    certificates.ensure(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.pem")}
    certificates.ensure(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.pem")} == before
    assert len(before) == 4


def test_only_their_owner_can_read_the_keys(tmp_path: Path) -> None:
    certificates.ensure(tmp_path)
    for path in (tmp_path / "authority" / "root-key.pem", tmp_path / "step06" / "tls" / "privkey.pem"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_certificate_is_for_a_server_of_these_names_and_short_lived() -> None:
    leaf = authority.new_leaf(authority.new_root()).certificate
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "app.lab.test"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("127.0.0.1"), ip_address("::1")]
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < timedelta(days=100)
    public = leaf.public_key()
    assert isinstance(public, EllipticCurvePublicKey)
    assert isinstance(public.curve, SECP256R1)


def test_the_authority_may_sign_sites_and_nothing_else() -> None:
    extensions = authority.new_root().certificate.extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
    assert extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert extensions.get_extension_for_class(x509.NameConstraints).critical


@pytest.mark.parametrize(
    "name", ["localhost", "app.lab.test", "shop.localhost", "lab.test", "127.0.0.1", "::1"]
)
def test_clients_accept_what_it_signs_for_this_machine(tmp_path: Path, name: str) -> None:
    assert handshake(tmp_path, name, claimed=name) == "accepted"


@pytest.mark.parametrize("name", ["bank.example", "evillab.test", "192.0.2.1", "localhost.example"])
def test_clients_refuse_what_it_signs_for_others(tmp_path: Path, name: str) -> None:
    assert "permitted subtree violation" in handshake(tmp_path, name, claimed=name)


def test_a_client_that_is_strict_about_the_form_is_content(tmp_path: Path) -> None:
    assert handshake(tmp_path, "localhost", claimed="localhost", flags=ssl.VERIFY_X509_STRICT) == "accepted"


@pytest.mark.parametrize(("days", "renewed"), [(29, True), (31, False)])
def test_a_certificate_is_renewed_when_30_days_are_left(tmp_path: Path, days: int, renewed: bool) -> None:
    certificates.ensure(tmp_path)
    root = certificates.load(tmp_path / "authority" / "root.pem", tmp_path / "authority" / "root-key.pem")
    assert root
    leaf = authority.new_leaf(root, life=timedelta(days=days))
    certificates.save(leaf, leaf_path(tmp_path), leaf_path(tmp_path).with_name("privkey.pem"))
    before = leaf_path(tmp_path).read_bytes()
    certificates.ensure(tmp_path)
    assert (leaf_path(tmp_path).read_bytes() != before) is renewed


@pytest.mark.parametrize("name", ["fullchain.pem", "privkey.pem"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\ndamaged"])
def test_a_missing_or_damaged_file_is_replaced(tmp_path: Path, name: str, content: bytes | None) -> None:
    certificates.ensure(tmp_path)
    path = leaf_path(tmp_path).with_name(name)
    path.unlink() if content is None else path.write_bytes(content)
    certificates.ensure(tmp_path)
    assert certificates.load(leaf_path(tmp_path), leaf_path(tmp_path).with_name("privkey.pem"))


def test_a_new_authority_means_a_new_certificate(tmp_path: Path) -> None:
    certificates.ensure(tmp_path)
    before = leaf_path(tmp_path).read_bytes()
    (tmp_path / "authority" / "root.pem").unlink()
    certificates.ensure(tmp_path)
    assert leaf_path(tmp_path).read_bytes() != before


def another(names: str, life: timedelta, tmp_path: Path, run: Path) -> None:
    """A certificate by an authority that is not of the course, as certbot would bring it, of the kind RSA."""
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(days=90)).not_valid_after(now + life)
    signed = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
    (tmp_path / "fullchain.pem").write_bytes(signed)
    (tmp_path / "privkey.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    certificates.install(tmp_path / "fullchain.pem", tmp_path / "privkey.pem", run)


@pytest.mark.parametrize(("days", "kept"), [(1, True), (-1, False)])
def test_a_certificate_of_another_authority_is_kept_while_it_is_good(
    tmp_path: Path, days: int, kept: bool
) -> None:
    certificates.ensure(tmp_path / "run")
    another("Another Authority", timedelta(days=days), tmp_path, tmp_path / "run")
    before = leaf_path(tmp_path / "run").read_bytes()
    certificates.ensure(tmp_path / "run")
    assert (leaf_path(tmp_path / "run").read_bytes() == before) is kept


def test_a_certificate_without_its_key_is_not_installed(tmp_path: Path) -> None:
    certificates.ensure(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.pem")}
    certificates.save(authority.new_root(), tmp_path / "other.pem", tmp_path / "other-key.pem")
    with pytest.raises(ValueError, match="do not belong together"):
        certificates.install(leaf_path(tmp_path), tmp_path / "other-key.pem", tmp_path)
    assert {path: path.read_bytes() for path in before} == before


def test_many_who_start_at_once_agree_on_one_authority(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=certificates.ensure, args=(tmp_path,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    folder = tmp_path / "authority"
    root = certificates.load(folder / "root.pem", folder / "root-key.pem")
    leaf = certificates.load(leaf_path(tmp_path), leaf_path(tmp_path).with_name("privkey.pem"))
    assert root
    assert leaf
    assert authority.was_signed_by(leaf, root)
    assert not list(tmp_path.rglob(".*.pem.*"))
