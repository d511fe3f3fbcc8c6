"""Many visitors at once: a crowd that keeps the site busy, and the one visitor whose patience is measured."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace

from checks.claim import Evidence, Trouble, broken, kept
from checks.site import OutOfTime, Site
from checks.wire import Silence, Wire

STRANGERS = 300
# Where crowd and visitor have but one address: fewer than a limit by address allows, or the visitor would be
# refused for the crowd's sake (nginx: 100 at once). More than any pool of threads here.
FEWER = 30
FORGOTTEN = 2.0  # seconds after which such a limit no longer counts what another check has asked for
LOAD_PATH = "/hello?name=load"  # needs neither a session nor the guest book, and no cache keeps it


def crowd(site: Site, count: int, first: bytes = b"", source: str | None = None) -> list[Wire]:
    """Connect so many visitors, each of whom has sent `first` and then falls silent; as many as get in.

    Who has nothing to say does not even begin the TLS handshake.
    """
    address = site.address if first else replace(site.address, tls=False)
    came: list[Wire] = []
    with suppress(Trouble):  # the queue is full: so many got in
        while len(came) < count:
            wire = site.connect(address, source=source, patience=0.5, noted=False)
            came.append(wire)
            if first:
                wire.send(first)
    site.note(f"{len(came)} connections, each with {len(first)} bytes, then silence")
    return came


def visits(
    site: Site, count: int, path: str = LOAD_PATH, patience: float = 2.0, source: str | None = None
) -> list[float]:
    """How many seconds each of so many visits took, one after the other, each on a connection of its own."""
    taken = []
    for _ in range(count):
        began = time.monotonic()
        with closing(site.connect(source=source, patience=patience, noted=False)) as wire:
            wire.send(site.request("GET", path))
            answer = wire.answer(patience=patience)
        taken.append(time.monotonic() - began)
        if answer.status != 200:
            raise Trouble(f"a visitor of {path} is answered with {answer.status}")
    return taken


def slowest_but_one_percent(seconds: list[float]) -> float:
    """The 99th percentile."""
    return sorted(seconds)[max(0, -(-len(seconds) * 99 // 100) - 1)]


# A hint of the checks that call `served_beside`.
NO_ROOM = (
    "The site turns a visitor away, because the crowd has taken some number that is too small: of "
    "connections (nginx: worker_connections), of open files (ulimit -n), or one that all addresses share."
)


def crowd_by_hand(count: int, words: str) -> str:
    """The same in a shell: so many visitors say these words (of printf), and no more; then one asks."""
    return (
        f"for i in $(seq {count}); do (printf '{words}'; sleep 9) | {{nc}} >/dev/null 2>&1 & done; sleep 1; "
        "{curl} -sS -m 2 -o /dev/null -w '%{http_code}\\n' {url}/hello; wait"
    )


def served_beside(site: Site, kind: str, first: bytes = b"") -> Evidence:
    """Whether a visitor is served beside many who have sent `first`; hints "silent" and "refused".

    The bound is the patience of each visit.
    """
    source = site.elsewhere()
    strangers = STRANGERS if source else FEWER
    if not source:
        time.sleep(FORGOTTEN)
    crowd(site, strangers, first, source=source)
    try:
        taken = visits(site, 60 if source else FEWER, source=site.elsewhere())
    except Trouble as trouble:
        hint = "silent" if isinstance(trouble, Silence) else "refused"
        return broken(f"a visitor beside {strangers} {kind} connections: {trouble}", hint)
    slow = slowest_but_one_percent(taken)
    return kept(
        f"99 of 100 visitors beside {strangers} {kind} connections wait at most", round(slow * 1000, 1), "ms"
    )


@dataclass
class Load:
    """What a steady stream of visits met; filled in when it is over."""

    answered: int = 0
    lost: list[str] = field(default_factory=list)  # one reason for each visit that failed


class _Visitor(threading.Thread):
    """One of those who make up the load."""

    def __init__(self, site: Site, path: str, seconds: float, keeps: bool, after: float = 0.0):
        super().__init__(daemon=True)
        self.site, self.path, self.seconds, self.keeps, self.after = site, path, seconds, keeps, after
        self.load = Load()
        self.source = site.elsewhere()
        self.over = threading.Event()
        self.wire: Wire | None = None

    def run(self) -> None:
        due = time.monotonic() + self.after
        while not self.over.wait(max(0.0, due - time.monotonic())):
            due = max(due + self.seconds, time.monotonic() - 1)
            try:
                self.visit()
            except OutOfTime:
                return
            except Trouble as trouble:
                self.wire = None
                self.load.lost.append(str(trouble))
            else:
                self.load.answered += 1

    def visit(self) -> None:
        wire = self.wire or self.site.connect(source=self.source, noted=False)
        self.wire = None
        wire.send(self.site.request("GET", self.path, close=not self.keeps))
        answer = wire.answer(patience=5.0)
        if self.keeps and not answer.closes:
            self.wire = wire
        else:
            wire.close()
        if answer.status != 200:
            raise Trouble(f"a visitor is answered with {answer.status}")


@contextmanager
def under_load(site: Site, rate: float = 60.0, path: str = LOAD_PATH) -> Iterator[Load]:
    """Visit steadily, `rate` times a second, from four visitors; two of them keep their connection.

    Six more read for a second between two visits: at any moment some kept connections lie idle, also while
    the site is slow and all the others wait for their answers.

    Whoever fails does not try again: each visit that gets no 200 is counted as lost.
    """
    visitors = [_Visitor(site, path, 4 / rate, keeps=place % 2 == 0) for place in range(4)]
    visitors += [_Visitor(site, path, 1.0, keeps=True, after=place / 12) for place in range(6)]
    whole = Load()
    for visitor in visitors:
        visitor.start()
    site.note(f"{rate:.0f} visits a second begin")
    try:
        yield whole
    finally:
        for visitor in visitors:
            visitor.over.set()
        for visitor in visitors:
            visitor.join()
        whole.answered = sum(visitor.load.answered for visitor in visitors)
        whole.lost = [reason for visitor in visitors for reason in visitor.load.lost]
        site.note(f"{whole.answered} visits answered, {len(whole.lost)} lost")
