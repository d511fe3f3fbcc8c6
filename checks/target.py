"""What is checked: where it listens, whom its certificate must come from, and what may be done to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Address:
    """A host and port, spoken to by TLS or not; `name` is what the Host field and the certificate call it."""

    host: str
    port: int
    tls: bool = False
    name: str = "localhost"

    @property
    def url(self) -> str:
        """As a browser would show it, without a slash at the end."""
        return f"{'https' if self.tls else 'http'}://{self.authority}"

    @property
    def authority(self) -> str:
        """What stands in the Host field."""
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


@dataclass(frozen=True)
class Process:
    """A process of the site. Roles: "app" (runs the site's code), "proxy" (nginx), "store" (Redis)."""

    name: str
    role: str
    pid: int


POWERS = {
    "kill": "kill a process of the site",
    "restart": "stop and start a process of the site",
    "freeze": "freeze a process of the site and let it go on",
    "memory": "look at the memory and the processor time of the site's processes",
    "renew": "replace the site's certificate",
}
# What Python does for "renew", told the scratch folder's path. Each file is replaced in one go: nginx may
# read them at any moment, for another's reload too.
RENEW = """
import pathlib, sys
from step06_tls import certificates
certificates.make_local(pathlib.Path(sys.argv[1]))
"""


class Powers(Protocol):
    """What a check may do to its target besides talking to it. Every call ends within `patience` seconds."""

    can: frozenset[str]  # of the POWERS

    def processes(self) -> list[Process]:
        """The processes that live now."""

    def kill(self, name: str) -> None:
        """End a process and its children at once (SIGKILL), as a crash would."""

    def stop(self, name: str, patience: float) -> None:
        """End it in order, and wait until it has ended."""

    def start(self, name: str, patience: float) -> None:
        """Start it, unless it runs, and wait until it runs."""

    def freeze(self, name: str) -> None:
        """Let it and its children do nothing more (SIGSTOP), as on a machine that is stuck."""

    def thaw(self, name: str) -> None:
        """Let them go on (SIGCONT)."""

    def renew_certificate(self, patience: float) -> None:
        """Put another certificate in place and have it taken up while the site serves."""


@dataclass(frozen=True)
class Target:
    """One site. `http` and `https` are its addresses; at least one is there."""

    name: str
    http: Address | None
    https: Address | None = None
    authority: Path | None = None  # a file with the certificate that signs the site's; None: the system's
    powers: Powers | None = None
    login: tuple[str, str] = ("ada", "analytical")
    one_address: bool = False  # whoever visits, the site sees one and the same address

    @property
    def main(self) -> Address:
        """Where the pages are: the encrypted address, if there is one."""
        address = self.https or self.http
        assert address is not None
        return address
