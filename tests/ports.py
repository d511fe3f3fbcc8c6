"""Free ports in the place of the ports that a lesson names, and back again in what the commands print.

The free ports have four digits too: a Content-Length that counts a URL stays what the lesson says.
"""

import random
import re
import socket
from dataclasses import dataclass, field
from typing import Self

_NAMED = re.compile(r"(?<![\d.])(80(?:0[1-9]|[1-9]\d)|844\d|900[1-9])(?!\d)")
# Ports that curl or a browser takes for another service, and the ones that the lessons themselves name.
_AVOIDED = {2049, 3659, 4045, 4190, 5000, 5060, 5061, 6000, 6379, 6566, 6697, *range(6665, 6670)}
_LOWEST, _HIGHEST = 2000, 7900


@dataclass
class Ports:
    """A two-way table of named and free ports, filled as the lesson names them."""

    free: dict[str, str] = field(default_factory=dict)
    # Whoever binds a number for UDP has it for itself among those who ask here, in this process or another:
    # a TCP server binds its port only later, and until then two lessons could find the same one free.
    _claims: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the ports to others."""
        for claim in self._claims:
            claim.close()

    def out(self, text: str) -> str:
        """What the lesson says, with free ports."""
        return _NAMED.sub(lambda found: self[found[0]], text)

    def back(self, text: str) -> str:
        """What a command printed, with the lesson's ports."""
        for named, free in self.free.items():
            text = re.sub(rf"(?<!\d){free}(?!\d)", named, text)
        return text

    def named_in(self, text: str) -> list[int]:
        """The free ports of all ports that the text names."""
        return [int(self[found]) for found in _NAMED.findall(text)]

    def __getitem__(self, named: str) -> str:
        if named not in self.free:
            self.free[named] = str(self._choose())
        return self.free[named]

    def _choose(self) -> int:
        # SystemRandom: pytest-randomly seeds the ordinary generator alike in every worker.
        candidates = random.SystemRandom()
        while True:
            port = candidates.randrange(_LOWEST, _HIGHEST)
            if port not in _AVOIDED and self._claim(port):
                return port

    def _claim(self, port: int) -> bool:
        claim = socket.socket(type=socket.SOCK_DGRAM)
        if _bind(claim, port) and is_free(port):
            self._claims.append(claim)
            return True
        claim.close()
        return False


def is_free(port: int) -> bool:
    """Whether no server listens there; found without connecting, for a one-visitor server would serve us."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _bind(probe, port)


def _bind(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
