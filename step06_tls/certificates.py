"""Where keys and certificates lie, and when new ones are made.

The authority stays the same over restarts, because people have told their browsers to trust it. The site's
certificate is renewed in good time. The names are certbot's, whose files may stand here instead: those are
left alone for as long as they are good.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from step06_tls import authority
from step06_tls.authority import Identity

RENEW_BEFORE = timedelta(days=30)


def ensure(run: Path) -> None:
    """See that ``run`` holds an authority and a certificate of the site that is good for a while."""
    with _alone(run / "authority"):
        root = _root(run / "authority" / "root.pem", run / "authority" / "root-key.pem")
        if not _is_anothers_and_good(*_site(run)):
            _renew_leaf(root, *_site(run))


def ensure_root(run: Path) -> Identity:
    """The authority, made if there is none."""
    with _alone(run / "authority"):
        return _root(run / "authority" / "root.pem", run / "authority" / "root-key.pem")


def make_local(run: Path) -> None:
    """Put a certificate by the local authority in place of whatever is there."""
    save(authority.new_leaf(ensure_root(run)), *_site(run))


def install(certificate: Path, key: Path, run: Path) -> None:
    """Put certbot's certificate in place of what is there; ValueError, and no change, if it is no pair."""
    chain, secret = certificate.read_bytes(), key.read_bytes()
    if not _is_pair(chain, secret):
        raise ValueError(f"{certificate} and {key} do not belong together")
    to_certificate, to_key = _site(run)
    write(to_key, secret, 0o600)
    write(to_certificate, chain, 0o644)


def installed(run: Path) -> x509.Certificate:
    """The site's certificate."""
    return x509.load_pem_x509_certificate(_site(run)[0].read_bytes())


def _site(run: Path) -> tuple[Path, Path]:
    tls = run / "step06" / "tls"
    return tls / "fullchain.pem", tls / "privkey.pem"


def _is_anothers_and_good(certificate: Path, key: Path) -> bool:
    """Whether another authority's certificate lies there, which is valid today and belongs to the key."""
    try:
        chain, secret = certificate.read_bytes(), key.read_bytes()
        leaf = x509.load_pem_x509_certificate(chain)
        if authority.is_local(leaf) or not _is_pair(chain, secret):
            return False
    except (FileNotFoundError, ValueError):
        return False
    return leaf.not_valid_before_utc <= datetime.now(UTC) <= leaf.not_valid_after_utc


def _is_pair(chain: bytes, secret: bytes) -> bool:
    """Of any kind of key: certbot's need not be like ours."""
    public = load_pem_private_key(secret, password=None).public_key()
    return public == x509.load_pem_x509_certificate(chain).public_key()


def _root(certificate: Path, key: Path) -> Identity:
    root = load(certificate, key)
    if root is None or not root.lives(spare=RENEW_BEFORE):
        root = authority.new_root()
        save(root, certificate, key)
    return root


def _renew_leaf(root: Identity, certificate: Path, key: Path) -> None:
    leaf = load(certificate, key)
    if leaf is None or not leaf.lives(spare=RENEW_BEFORE) or not authority.was_signed_by(leaf, root):
        save(authority.new_leaf(root), certificate, key)


def load(certificate: Path, key: Path) -> Identity | None:
    """What the two files hold; None if it is missing, damaged, or not a pair."""
    try:
        loaded = load_pem_private_key(key.read_bytes(), password=None)
        if not isinstance(loaded, EllipticCurvePrivateKey):
            return None
        identity = Identity(loaded, x509.load_pem_x509_certificate(certificate.read_bytes()))
    except (FileNotFoundError, ValueError):
        return None
    return identity if identity.is_whole() else None


def save(identity: Identity, certificate: Path, key: Path) -> None:
    """Write both files; the key for nobody else to read."""
    secret = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write(key, secret, 0o600)
    write(certificate, identity.certificate.public_bytes(Encoding.PEM), 0o644)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no two processes make an authority at once: each would sign for a root that the other replaces."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write(path: Path, content: bytes, mode: int) -> None:
    """Replace a file in one go."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    # Born with its mode: there is no moment in which somebody else could open the key.
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    fresh.replace(path)
