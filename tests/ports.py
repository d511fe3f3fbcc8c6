"""Free ports in the place of the ports that a lesson names, and back again in what the commands print.

The free ports have four digits too: a Content-Length that counts a URL stays what the lesson says.
"""

import os
import random
import re
import socket
from dataclasses import dataclass, field

_NAMED = re.compile(r"(?<![\d.])(80(?:0[1-9]|[1-9]\d)|844\d|900[1-9])(?!\d)")
# Ports that curl or a browser takes for another service, and the ones that the lessons themselves name.
_AVOIDED = {2049, 3659, 4045, 4190, 5000, 5060, 5061, 6000, 6379, 6566, 6697, *range(6665, 6670)}
_LOWEST, _HIGHEST = 2000, 7900
_WORKERS = 16


@dataclass
class Ports:
    """A two-way table of named and free ports, filled as the lesson names them."""

    free: dict[str, str] = field(default_factory=dict)

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
            port = candidates.randrange(_LOWEST + _worker(), _HIGHEST, _WORKERS)
            if port not in _AVOIDED and str(port) not in self.free.values() and _is_free(port):
                return port


def _worker() -> int:
    """Each worker of pytest-xdist has ports of its own: two could find the same one free."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
