"""TLS 1.0 and 1.1 are broken. Where they are still spoken, an attacker may talk a visitor down to them."""

import secrets
import ssl
from dataclasses import replace

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site

OLD = {b"\x03\x01": "TLS 1.0", b"\x03\x02": "TLS 1.1"}
# What those versions know: AES in CBC mode, with keys exchanged by ECDHE or RSA (RFC 8422, 6; RFC 5246, A.5).
CIPHERS = bytes.fromhex("c009 c00a c013 c014 002f 0035 00ff")
HANDSHAKE, ALERT = b"\x16", b"\x15"


@check(
    question="Are TLS 1.0 and 1.1 refused to a client that speaks them?",
    shows="broken versions of TLS are still spoken",
    specification="RFC 8996 (TLS 1.0 and 1.1 must not be used); RFC 9325, 3.1.1",
    by_hand="openssl s_client -connect {host}:{port} -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null 2>&1 | "
    "grep -oE 'alert protocol version|New, TLS.*'",
    hints={
        "old": "Name the versions that are allowed, and no older ones: `ssl_protocols TLSv1.2 TLSv1.3;` in "
        "nginx, `minimum_version` of an SSLContext in Python.",
    },
)
def old_protocols(site: Site) -> Evidence:
    """Shake hands as today; then begin as a client that knows nothing newer than the old version."""
    if not site.address.tls:
        return absent("there is no https")
    today = site.connect().socket
    for version, name in OLD.items():
        answer = _answer_to(site, client_hello(version, site.address.name))
        if answer.startswith(HANDSHAKE) and answer[9:11] == version:  # a ServerHello, and the version in it
            return broken(f"{name} is spoken", "old", culprit=Culprit(answer[:16], 9, 2))
    version_today = today.version() if isinstance(today, ssl.SSLSocket) else ""
    return kept(f"{version_today} is spoken, TLS 1.0 and 1.1 are refused")


def client_hello(version: bytes, name: str) -> bytes:
    """A client's first message. By hand: libraries of today refuse to say it (RFC 4346, 7.4.1.2)."""
    host = name.encode()
    extensions = (
        b"\x00\x00"
        + _sized(2, _sized(2, b"\x00" + _sized(2, host)))  # server_name
        + b"\x00\x0a"
        + _sized(2, _sized(2, b"\x00\x17\x00\x18"))  # groups: P-256, P-384
        + b"\x00\x0b"
        + _sized(2, _sized(1, b"\x00"))  # points: uncompressed
    )
    session, compression = _sized(1, b""), _sized(1, b"\x00")
    body = version + secrets.token_bytes(32) + session + _sized(2, CIPHERS) + compression
    message = b"\x01" + _sized(3, body + _sized(2, extensions))
    return HANDSHAKE + b"\x03\x01" + _sized(2, message)


def _sized(size: int, data: bytes) -> bytes:
    return len(data).to_bytes(size) + data


def _answer_to(site: Site, hello: bytes) -> bytes:
    """The beginning of what the site says: a ServerHello, an alert, or nothing."""
    wire = site.connect(replace(site.address, tls=False))
    wire.send(hello)
    answer = wire.read(patience=5.0)
    while answer and not answer.startswith(ALERT) and len(answer) < 11 and (more := wire.read(patience=5.0)):
        answer += more
    wire.close()
    return answer
