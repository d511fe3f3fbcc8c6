"""A process of attackers: `python -m trials.attackers`, orders as a line of JSON on its standard input.

Each holds a connection open for as long as the site lets them, and comes back when it does not. Twice a
second a line of JSON says how many are held, and what the site answered. The end of the standard input
ends it.
"""

import json
import os
import random
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass

from checks.claim import Trouble
from checks.target import Address
from checks.wire import Wire
from trials import files

CONNECTING = 16  # threads that make connections
TELL = 0.5  # seconds
SMALL = 4096  # bytes that a slow reader lets the kernel take in


@dataclass(frozen=True)
class Orders:
    """Whom to molest, and how."""

    host: str
    port: int
    tls: bool
    name: str
    number: int
    first: str  # what each sends at once (latin-1)
    drop: str = ""  # what each sends then, again and again; "": nothing
    every: float = 1.0  # seconds between two drops
    sources: tuple[str, ...] = ()  # addresses of this machine from which they come, in turn
    reads: bool = True  # whether an answer is read (and the connection given up)
    again: bool = True  # whether they come back

    @property
    def address(self) -> Address:
        """Where the site is."""
        return Address(self.host, self.port, self.tls, self.name)

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


class Crowd:
    """All of them."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.held: list[Wire] = []
        self.met: Counter[str] = Counter()
        self.came = 0
        self._lock = threading.Lock()

    def connect(self, place: int) -> None:
        """One more."""
        orders = self.orders
        source = orders.sources[place % len(orders.sources)] if orders.sources else None
        try:
            wire = Wire(orders.address, lambda: 5.0, lambda _what, _data: None, source)
            if not orders.reads:
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            wire.socket.settimeout(0.5)
            with suppress(TimeoutError):  # the site reads no more: just so
                wire.socket.sendall(orders.first.encode("latin-1"))
        except (Trouble, OSError) as trouble:
            with self._lock:
                self.met[f"turned away: {type(trouble).__name__}"] += 1
            return
        with self._lock:
            self.held.append(wire)
            self.came += 1

    def fill(self, room: ThreadPoolExecutor) -> None:
        """As many as there should be."""
        missing = self.orders.number - len(self.held)
        if missing > 0 and (self.orders.again or not self.came):
            list(room.map(self.connect, range(missing)))

    def tend(self) -> None:
        """A drop on each connection; read what came, and let go of those that are over."""
        drop = self.orders.drop.encode("latin-1")
        held = self.held
        random.shuffle(held)
        self.held = [wire for wire in held if self._is_open(wire, drop)]

    def _is_open(self, wire: Wire, drop: bytes) -> bool:
        wire.socket.settimeout(0)
        try:
            if drop:
                with suppress(BlockingIOError, ssl.SSLWantWriteError):
                    wire.socket.send(drop)
            if not self.orders.reads:
                return self._is_unbroken(wire)
            data = wire.socket.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):  # nothing is there yet
            return True
        except OSError:
            data = b""
        self.met[f"status {data[9:12].decode('latin-1')}" if data[:5] == b"HTTP/" else "closed"] += 1
        wire.close()
        return False

    def _is_unbroken(self, wire: Wire) -> bool:
        """Without reading: whether the site has not reset the connection."""
        if not wire.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            return True
        self.met["closed"] += 1
        wire.close()
        return False


def main() -> int:
    """Read the orders, crowd in, report."""
    values = json.loads(sys.stdin.readline())
    orders = Orders(**{**values, "sources": tuple(values["sources"])})
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    lacking = files.raise_soft_limit(orders.number + 64)
    crowd = Crowd(orders)
    next_drop = time.monotonic()
    with ThreadPoolExecutor(CONNECTING) as room:
        while True:
            crowd.fill(room)
            if time.monotonic() >= next_drop:
                crowd.tend()
                next_drop = time.monotonic() + orders.every
            line = {"held": len(crowd.held), "came": crowd.came, "met": crowd.met, "lacking": lacking}
            print(json.dumps(line), flush=True)
            time.sleep(TELL)


if __name__ == "__main__":
    sys.exit(main())
