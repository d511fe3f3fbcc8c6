"""Where strangers abuse a step: the site, the attackers, and the normal visitor who is measured."""

import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from checks.claim import Trouble
from checks.crowd import slowest_but_one_percent
from checks.site import Site
from checks.target import Address
from trials.attackers import Orders
from trials.processes import helper
from trials.stage import Stage

BOUND = 600.0
PATH = "/hello?name=normal"


@dataclass
class Held:
    """What the attackers say of themselves."""

    now: int = 0
    most: int = 0
    came: int = 0
    met: Counter[str] = field(default_factory=Counter)
    lacking: str = ""

    def hear(self, line: str) -> None:
        """One line of theirs."""
        values = json.loads(line)
        self.now, self.came, self.met = values["held"], values["came"], Counter(values["met"])
        self.most, self.lacking = max(self.most, self.now), values["lacking"]


@dataclass
class Visits:
    """What the normal visitor met."""

    seconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def p99(self) -> float:
        """In milliseconds."""
        return round(slowest_but_one_percent(self.seconds) * 1000, 1) if self.seconds else float("inf")


@dataclass
class Arena:
    """One step under abuse."""

    stage: Stage
    attackers: int  # how many at once
    visits: int  # of the normal visitor
    bound: float  # milliseconds within which 99 of 100 visits must be over

    @property
    def main(self) -> Address:
        """The site, at 127.0.0.1."""
        return self.stage.target.main

    @property
    def other(self) -> Address:
        """The same site at [::1]: whoever asks there has another address than whoever asks at 127.0.0.1."""
        return replace(self.main, host="::1") if has_ipv6(self.main.port) else self.main

    @contextmanager
    def site(self) -> Iterator[Site]:
        """For single requests."""
        with Site(self.stage.target, BOUND) as site:
            yield site

    def orders(self, number: int, first: str, **more: object) -> Orders:
        """Attackers of this step; they come from 127.0.0.1 unless it says otherwise."""
        at = self.main
        return replace(Orders(at.host, at.port, at.tls, at.name, number, first), **more)  # type: ignore[arg-type]

    def request(self, method: str, path: str, *lines: str, ends: bool = True) -> str:
        """The beginning of a request, or all of it."""
        head = [f"{method} {path} HTTP/1.1", f"Host: {self.main.authority}", *lines]
        return "\r\n".join(head) + ("\r\n\r\n" if ends else "\r\n")

    @contextmanager
    def crowd(self, orders: Orders, wanted: int) -> Iterator[Held]:
        """Attackers; the block begins when so many are there, or when no more come."""
        held = Held()
        with helper("trials.attackers", orders.to_json(), held.hear):
            wait_until(lambda: held.now >= wanted or held.came + held.met.total() >= orders.number, 30)
            yield held

    def visit(self, number: int | None = None) -> Visits:
        """Be a normal visitor from another address, on a new connection each time."""
        met = Visits()
        with self.site() as site:
            for _ in range(number or self.visits):
                began = time.monotonic()
                try:
                    wire = site.connect(self.other, patience=5.0, noted=False)
                    wire.send(site.request("GET", PATH))
                    status = wire.answer(patience=5.0).status
                    wire.close()
                except Trouble as trouble:
                    met.failures[str(trouble)] += 1
                    continue
                met.seconds.append(time.monotonic() - began)
                if status != 200:
                    met.failures[f"status {status}"] += 1
        return met


def has_ipv6(port: int) -> bool:
    """Whether the site listens at [::1]."""
    try:
        socket.create_connection(("::1", port), 2.0).close()
    except OSError:
        return False
    return True


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
