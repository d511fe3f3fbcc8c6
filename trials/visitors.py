"""A process of visitors: `python -m trials.visitors`, orders as a line of JSON on its standard input.

Each visitor asks as soon as the last answer is there, without end, and notes what came. What was met since
the last line goes out as a line of JSON, four times a second. The end of the standard input ends it: so it
cannot outlive whoever started it, however that one ended.
"""

import itertools
import json
import os
import sys
import threading
import time
from dataclasses import asdict, dataclass

from checks.answers import Answer, NotHTTP
from checks.claim import Trouble
from checks.target import Address
from checks.wire import Cut, Down, Silence, Wire
from trials.traffic import BROKEN, CUT, REFUSED, SILENT, SLICE, Slice, Traffic, to_json


@dataclass(frozen=True)
class Orders:
    """Whom to visit, and how."""

    host: str
    port: int
    tls: bool
    name: str
    paths: tuple[str, ...]  # in turn; {n} becomes a number that occurs once
    keeping: int  # visitors who keep their connection
    newcomers: int  # visitors who make a connection for each visit
    source: str = ""  # the address of this machine from which they come; "": the system chooses
    patience: float = 20.0  # seconds for each answer
    pause: float = 0.0  # between two visits of one visitor
    mark: str = ""  # words to look for in the answers
    elsewhere: tuple[
        str, ...
    ] = ()  # the site's other hosts: the second try goes to them; else where the first went

    @property
    def address(self) -> Address:
        """Where the site is."""
        return Address(self.host, self.port, self.tls, self.name)

    @property
    def second(self) -> list[Address]:
        """Where the second try goes, in turn until one answers."""
        hosts = self.elsewhere or (self.host,)
        return [Address(host, self.port, self.tls, self.name) for host in hosts]

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


class Notebook:
    """What the visitors of this process met since the last line."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._met = Traffic()

    def note(self, path: str, failure: str, seconds: float, answer: Answer | None, mark: bytes) -> None:
        """A visit has ended just now."""
        with self._lock:
            met = self._met
            slice = met.slices.setdefault(int(time.monotonic() / SLICE), Slice())
            slice.slowest = max(slice.slowest, round(seconds, 3))
            met.paths[path] += 1
            if failure:
                slice.failed[failure] += 1
            else:
                slice.answered += 1
                met.milliseconds[round(seconds * 1000)] += 1
            if answer:
                cached = answer.field("x-cache-status") == "HIT"  # an app answered, but not just now
                met.served_by["" if cached else answer.field("x-served-by")] += 1
                met.marked += bool(mark) and mark in answer.body

    def note_again(self, failure: str) -> None:
        """A second try has ended."""
        with self._lock:
            self._met.again[failure or "answered"] += 1

    def note_connection(self) -> None:
        """A connection was made."""
        with self._lock:
            self._met.connections += 1

    def take(self) -> Traffic:
        """What is new, and begin anew."""
        with self._lock:
            met, self._met = self._met, Traffic()
        return met


class Visitor(threading.Thread):
    """Asks, again and again, and never tries twice: the retry after a broken connection is counted apart."""

    def __init__(self, orders: Orders, place: int, keeps: bool, notebook: Notebook):
        super().__init__(daemon=True)
        self.orders, self.place, self.keeps, self.notebook = orders, place, keeps, notebook
        self.mark = orders.mark.encode()
        self.wire: Wire | None = None

    def run(self) -> None:
        """Until the process ends."""
        paths = itertools.islice(itertools.cycle(self.orders.paths), self.place, None)
        for number in itertools.count():
            path = next(paths)
            page = path.format(n=f"{os.getpid()}.{self.place}.{number}")
            began = time.monotonic()
            answer, failure = self.visit(page)
            self.notebook.note(path, failure, time.monotonic() - began, answer, self.mark)
            if failure and not answer:
                self.notebook.note_again(self._try_again(page))
            time.sleep(self.orders.pause)

    def _try_again(self, page: str) -> str:
        """Once more, at each of those places until one answers; how the last one failed, if it did."""
        failure = ""
        for address in self.orders.second:
            answer, failure = self.visit(page, address)
            if answer:
                break
        return failure

    def visit(self, page: str, address: Address | None = None) -> tuple[Answer | None, str]:
        """Ask for the page; the answer if there is one, and how the visit failed if it did."""
        try:
            wire = self.wire or self._connect(address or self.orders.address)
            self.wire = None
            answer = self._ask(wire, page)
        except Trouble as trouble:
            return None, failure_of(trouble)
        return answer, "" if answer.status == 200 else f"status {answer.status}"

    def _connect(self, address: Address) -> Wire:
        orders = self.orders
        wire = Wire(address, lambda: orders.patience, _quiet, orders.source or None)
        self.notebook.note_connection()
        return wire

    def _ask(self, wire: Wire, page: str) -> Answer:
        last = "" if self.keeps else "Connection: close\r\n"
        head = f"GET {page} HTTP/1.1\r\nHost: {self.orders.address.authority}\r\n{last}\r\n"
        try:
            wire.send(head.encode("latin-1"))
            answer = wire.answer()
        except Trouble:
            wire.close()
            raise
        if self.keeps and not answer.closes:
            self.wire = wire
        else:
            wire.close()
        return answer


def failure_of(trouble: Trouble) -> str:
    """In the words of the counts."""
    if isinstance(trouble, Down):
        return REFUSED
    if isinstance(trouble, Silence):
        return SILENT
    if isinstance(trouble, NotHTTP) or (isinstance(trouble, Cut) and "middle" in str(trouble)):
        return CUT
    return BROKEN


def _quiet(_what: str, _data: bytes) -> None:
    """Note nothing."""


def main() -> int:
    """Read the orders, send the visitors, report."""
    values = json.loads(sys.stdin.readline())
    orders = Orders(**{**values, "paths": tuple(values["paths"]), "elsewhere": tuple(values["elsewhere"])})
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    notebook = Notebook()
    keeps = [True] * orders.keeping + [False] * orders.newcomers
    for place, keeping in enumerate(keeps):
        Visitor(orders, place, keeping, notebook).start()
    while True:
        time.sleep(SLICE)
        print(json.dumps(to_json(notebook.take())), flush=True)


if __name__ == "__main__":
    sys.exit(main())
