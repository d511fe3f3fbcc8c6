"""For `doctor`: the certificate that steps 06 and 07 serve, and whether it is time for another."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from launcher.settings import Settings

_LOCAL = "From Socket to Stack:"  # how the name of the local authority begins


@dataclass(frozen=True)
class Served:
    """Whose certificate it is, and how long it lives."""

    signer: str
    born: datetime
    ends: datetime

    @property
    def is_local(self) -> bool:
        """Whether the local authority has signed it: then each start renews it in time."""
        return self.signer.startswith(_LOCAL)

    def left(self) -> timedelta:
        """How long it is still good; negative when it has expired."""
        return self.ends - datetime.now(UTC)

    def is_due(self) -> bool:
        """Whether two thirds of its life are over: then authorities want it renewed."""
        return self.left() < (self.ends - self.born) / 3

    def mend(self) -> str:
        """The command that brings another."""
        return "make local-certificate" if self.is_local else "make renew"

    def text(self) -> str:
        """What there is to know, in one line."""
        by = "the local authority" if self.is_local else self.signer
        days = self.left().days
        if days < 0:
            return f"the site's certificate (by {by}) expired on {self.ends:%Y-%m-%d}"
        back = "" if self.is_local else "; back to the local authority: make local-certificate"
        return f"the site's certificate (by {by}) is good for {days} days{back}"


def read(settings: Settings) -> Served | None:
    """The certificate in the scratch folder; None if none was made yet, ValueError if it is damaged."""
    # Not above: doctor must run, and say so, also where this package is missing.
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    path: Path = settings.scratch / "step06" / "tls" / "fullchain.pem"
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        return None
    names = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    signer = str(names[0].value) if names else certificate.issuer.rfc4514_string()
    return Served(signer, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
