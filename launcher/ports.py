"""Is a port free, and if not, whose is it? And which is free, for tests?"""

import random
import socket
from functools import cache

import psutil

from launcher.errors import LaunchError

HOST = "127.0.0.1"
# Below the numbers that kernels give to outgoing connections: one of those could take a port after our look.
# Above 10080, the highest of the ports that browsers refuse (https://fetch.spec.whatwg.org/#port-blocking).
_LOWEST, _SLICES, _SLICE = 10100, 32, 600
_DRAW = random.SystemRandom()  # tests seed the ordinary generator alike in parallel processes


def is_free(port: int) -> bool:
    """Whether a server could listen there. As servers do, this overlooks connections that are just ending."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except PermissionError as error:
            raise LaunchError(f"port {port} is for root only; choose one above 1023") from error
        except OSError:
            return False
    return True


def owner(port: int) -> str:
    """Who listens there: "pid 4242 (python -m http.server)", as far as this user may know."""
    # One process at a time: macOS lets no user ask about all connections at once.
    for process in psutil.process_iter():
        try:
            listening = any(
                connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
                for connection in process.net_connections("tcp")
            )
            if listening:
                return f"pid {process.pid} ({' '.join(process.cmdline())[:60].strip() or process.name()})"
        except psutil.Error:
            continue
    return "another process"


def demand(wanted: dict[str, int], target: str) -> None:
    """Raise unless all of these ports, by the names of their settings, are free and differ."""
    taken: dict[int, str] = {}
    for name, port in wanted.items():
        if port in taken:
            raise LaunchError(f"{taken[port]} and {name} are both {port}; choose two different ports")
        taken[port] = name
        if not is_free(port):
            other = port + 100 if port < 65000 else port - 100
            raise LaunchError(
                f"port {port} is in use by {owner(port)}; "
                f"stop it (make down), or choose another: make {target} {name}={other}"
            )


def draw(number: int) -> list[int]:
    """So many free ports, all different."""
    first = _own_slice()
    found: list[int] = []
    while len(found) < number:
        port = _DRAW.randrange(first + 1, first + _SLICE)
        if port not in found and is_free(port):
            found.append(port)
    return found


@cache
def _own_slice() -> int:
    """The first number of a slice that no other process draws from while this one lives.

    Two that look at the same moment, before their servers listen, would now and then find the same port free.
    Whoever binds the first number for UDP has the slice; the system takes it back at the end of the process.
    """
    firsts = [_LOWEST + place * _SLICE for place in range(_SLICES)]
    for first in _DRAW.sample(firsts, _SLICES):
        claim = socket.socket(type=socket.SOCK_DGRAM)
        try:
            claim.bind((HOST, first))
        except OSError:
            claim.close()
        else:
            claim.detach()
            return first
    return _DRAW.choice(firsts)
