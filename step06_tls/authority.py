"""A certificate authority for this machine only, and the certificate that it signs for the site.

An authority vouches that a key belongs to a name. Whoever trusts this one trusts everybody who can read its
key; therefore it can vouch for nothing but this machine: localhost, lab.test and the loopback addresses. With
a stolen key nobody could pretend to be a bank.

Certificates: RFC 5280, the section above each field.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "From Socket to Stack"
ROOT_LIFE = timedelta(days=5 * 365)
# As Let's Encrypt does it. Short, so that a lost key is worthless soon and renewing is routine.
LEAF_LIFE = timedelta(days=90)
# Clocks differ: a certificate that is valid from this very second would be refused by a clock that is slow.
BACKDATED = timedelta(hours=1)

# 4.2.1.10: "lab.test" allows that name and every name below it.
ALLOWED: tuple[x509.GeneralName, ...] = (
    x509.DNSName("localhost"),
    x509.DNSName("lab.test"),
    x509.IPAddress(ip_network("127.0.0.0/8")),
    x509.IPAddress(ip_network("::1/128")),
)
SITE: tuple[x509.GeneralName, ...] = (
    x509.DNSName("localhost"),
    x509.DNSName("app.lab.test"),
    x509.IPAddress(ip_address("127.0.0.1")),
    x509.IPAddress(ip_address("::1")),
)


@dataclass(frozen=True)
class Identity:
    """A key, and a certificate that says whose it is."""

    key: EllipticCurvePrivateKey
    certificate: x509.Certificate

    def is_whole(self) -> bool:
        """Whether key and certificate belong together."""
        return self.key.public_key() == self.certificate.public_key()

    def lives(self, spare: timedelta) -> bool:
        """Whether it is valid now, and stays so for at least that long."""
        now = datetime.now(UTC)
        return self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc - spare


def new_root(life: timedelta = ROOT_LIFE) -> Identity:
    """An authority: a certificate that is signed with its own key."""
    key = generate_private_key(SECP256R1())
    # A name of its own, so that two authorities in one trust store can be told apart.
    name = _name(f"{NAME}: authority of this machine, {secrets.token_hex(4)}")
    builder = _draft(name, name, key, life)
    # 4.2.1.9: it may sign certificates of sites, but no further authority.
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    # 4.2.1.3: what the key may be used for.
    builder = builder.add_extension(_usage(sign_certificates=True), critical=True)
    builder = builder.add_extension(x509.NameConstraints(ALLOWED, None), critical=True)
    return Identity(key, builder.sign(key, SHA256()))


def new_leaf(
    root: Identity, names: Iterable[x509.GeneralName] = SITE, life: timedelta = LEAF_LIFE
) -> Identity:
    """A certificate for a site of these names, signed by the authority."""
    key = generate_private_key(SECP256R1())
    builder = _draft(_name("localhost"), root.certificate.subject, key, life)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(sign_certificates=False), critical=True)
    # 4.2.1.12: for servers, not for logging in as a client or for signing programs.
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    # 4.2.1.6: the names count, and nothing else; browsers do not read the subject.
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    # 4.2.1.1: which of the authority's keys has signed this.
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key())
    builder = builder.add_extension(signer, critical=False)
    return Identity(key, builder.sign(root.key, SHA256()))


def is_local(certificate: x509.Certificate) -> bool:
    """Whether it names an authority of this course as its signer, be it of this machine or an earlier one."""
    issuer = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any(str(name.value).startswith(f"{NAME}:") for name in issuer)


def was_signed_by(leaf: Identity, root: Identity) -> bool:
    """Whether this authority has signed the certificate, and for the names of the site."""
    try:
        leaf.certificate.verify_directly_issued_by(root.certificate)
    except (ValueError, InvalidSignature):
        return False
    names = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names) == set(SITE)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _draft(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, life: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + life) - BACKDATED)
        .not_valid_after(now + life)
        # 4.2.1.2: by which those that it signs can name this key.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
