"""What a probe holds: the site, the time that is left, and a notebook of everything on the wire."""

import itertools
import os
import secrets
import ssl
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from types import TracebackType

from checks.answers import Answer
from checks.claim import Moment, Trouble
from checks.target import Address, Powers, Process, Target
from checks.visitor import Visitor
from checks.wire import Wire

_VISITORS = itertools.count(os.getpid() * 977)  # two runs side by side begin at different addresses
NOTED_BYTES = 2000  # of each message, and in all no more than
NOTED_MOMENTS = 400


class OutOfTime(Trouble):
    """The check's bound is over."""

    hint = "slow"


class Unready(Trouble):
    """The site did not come back after what was done to it."""

    hint = "down"


class Site:
    """One target, for the time of one check. Whatever was opened is closed with it."""

    def __init__(self, target: Target, bound: float, tell: Callable[[Moment], None] = lambda _: None):
        self.target = target
        self._tell = tell  # called for each moment as it happens, in the thread in which it happens
        self.began = time.monotonic()
        self.deadline = self.began + bound
        self.timeline: list[Moment] = []
        self._open = ExitStack()

    def __enter__(self) -> "Site":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    # ---- time, and what happened in it

    def left(self) -> float:
        """How many seconds the check may still take; never 0."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime("the check came to no end within its bound")
        return left

    def note(self, what: str, data: bytes = b"") -> None:
        """Write down what happens."""
        if len(self.timeline) < NOTED_MOMENTS:
            moment = Moment(time.monotonic() - self.began, what, data[:NOTED_BYTES])
            self.timeline.append(moment)
            self._tell(moment)

    def quiet(self, what: str, data: bytes = b"") -> None:
        """Write down nothing: for crowds and for measurements."""

    # ---- ask

    @property
    def address(self) -> Address:
        """Where the pages are."""
        return self.target.main

    def connect(
        self,
        address: Address | None = None,
        *,
        source: str | None = None,
        patience: float | None = None,
        noted: bool = True,
        context: ssl.SSLContext | None = None,
    ) -> Wire:
        """A new connection, to the pages' address by default, from `source`; `patience` is for its making.

        `context`: how TLS is spoken. By default any certificate will do.
        """
        note = self.note if noted else self.quiet
        wire = Wire(address or self.address, self.left, note, source, patience, context)
        self._open.callback(wire.close)
        return wire

    def request(
        self, method: str, path: str, *fields: tuple[str, str], body: bytes = b"", close: bool = True
    ) -> bytes:
        """A well-formed request's bytes; its length is added unless the fields say how long it is."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.address.authority}"]
        lines += [f"{name}: {value}" for name, value in fields]
        lines += ["Connection: close"] if close else []
        framed = any(name.lower() in ("content-length", "transfer-encoding") for name, _ in fields)
        lines += [f"Content-Length: {len(body)}"] if (body or method == "POST") and not framed else []
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def ask(self, data: bytes, method: str = "GET", patience: float | None = None) -> Answer:
        """Send these bytes on a new connection; the answer."""
        with closing(self.connect()) as wire:
            wire.send(data)
            return wire.answer(method, patience)

    def get(self, path: str, *fields: tuple[str, str], method: str = "GET") -> Answer:
        """The answer to a well-formed request."""
        return self.ask(self.request(method, path, *fields), method)

    def visitor(self, source: str | None = None, *, noted: bool = True) -> Visitor:
        """Somebody with a browser: cookies and forms."""
        return Visitor(self, source, noted)

    def elsewhere(self) -> str | None:
        """An address of this machine from which nobody has come yet, for limits count by address.

        Linux answers for all of 127.0.0.0/8; elsewhere there is one such address, hence None.
        """
        if sys.platform != "linux" or not self.address.host.startswith("127.") or self.target.one_address:
            return None
        number = next(_VISITORS)
        return f"127.{1 + number // 62_500 % 250}.{number // 250 % 250}.{1 + number % 250}"

    # ---- do something to it

    @property
    def powers(self) -> Powers:
        """What may be done to the target; the runner asks for it beforehand (`Check.power`)."""
        assert self.target.powers is not None
        return self.target.powers

    def processes(self, role: str) -> list[Process]:
        """Those with that role, in the order of their names."""
        return sorted((one for one in self.powers.processes() if one.role == role), key=lambda one: one.name)

    def wait_until_ready(self, patience: float = 20.0) -> None:
        """Ask for the page until it answers below 500 twice in a row."""
        deadline = min(time.monotonic() + patience, self.deadline)
        good = 0
        while good < 2:
            good = good + 1 if self.is_ready() else 0
            if time.monotonic() > deadline:
                raise Unready("the site did not come back")
            time.sleep(0 if good else 0.05)

    def is_ready(self) -> bool:
        """Whether the front page answers now."""
        # Closed come what may: gunicorn waits, with its only loop, until whoever was told "close" hangs up.
        with suppress(Trouble), closing(self.connect(noted=False)) as wire:
            wire.send(self.request("GET", f"/?{secrets.token_hex(4)}"))  # no cache answers for the dead
            return wire.answer(patience=2.0).status < 500
        return False
