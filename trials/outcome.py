"""What came of an event under load, and what is told of it: one form for one machine and for a cluster."""

import datetime
from dataclasses import dataclass, field
from typing import Any, Self

from trials.traffic import SLICE, Traffic
from trials.writer import Writer


@dataclass(kw_only=True)
class Told:
    """What is noted while an event happens."""

    spans: list[tuple[float, float, str]] = field(default_factory=list)  # from, to (monotonic), what
    facts: list[str] = field(default_factory=list)  # what else was seen, in sentences
    misses: list[str] = field(default_factory=list)  # what should have been otherwise

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note what should have been otherwise."""
        if not holds:
            self.misses.append(otherwise)

    def expect_an_honest_book(self, writer: Writer) -> None:
        """Every confirmed entry is in the guest book, and none is there twice."""
        self.expect(not writer.twice, f"{len(writer.twice)} entries are in the book twice")
        self.expect(not writer.missing, f"{len(writer.missing)} confirmed entries are missing")
        self.expect(bool(writer.confirmed), "no POST was confirmed")


@dataclass(kw_only=True)
class Outcome:
    """The counts of an event; plain values that JSON can hold."""

    event: str
    date: str
    seconds: float
    sent: int
    failures: dict[str, int]  # of first tries
    again: dict[str, int]  # what the second tries met: "answered", or how they failed
    slow: int  # milliseconds: the 99th percentile
    slowest: float  # seconds
    posts: dict[str, int]
    twice: int
    missing: int
    facts: list[str]
    misses: list[str]
    spans: list[tuple[float, float, str]]  # seconds from the beginning
    slices: list[tuple[int, int]]  # answered, failed
    machine: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """GETs that got no whole 200 at the first try."""
        return sum(self.failures.values())

    @classmethod
    def of(
        cls, event: str, told: Told, traffic: Traffic, writer: Writer, began: float, ended: float, **more: Any
    ) -> Self:
        """Count it. `began` and `ended` are monotonic seconds; `more` is what this kind has besides."""
        first = min(traffic.slices, default=0)
        slices = [traffic.slices.get(number) for number in range(first, int(ended / SLICE) + 1)]
        start = first * SLICE
        now = datetime.datetime.now(datetime.UTC)
        return cls(
            event=event,
            date=(now - datetime.timedelta(seconds=ended - began)).strftime("%Y-%m-%d %H:%M UTC"),
            seconds=round(ended - began, 1),
            sent=traffic.sent,
            failures=dict(traffic.failures),
            again=dict(traffic.again),
            slow=traffic.percentile(0.99),
            slowest=traffic.slowest,
            posts=dict(writer.answers),
            twice=len(writer.twice),
            missing=len(writer.missing),
            facts=told.facts,
            misses=told.misses,
            spans=[(round(a - start, 2), round(b - start, 2), what) for a, b, what in told.spans],
            slices=[(one.answered, one.failed.total()) if one else (0, 0) for one in slices],
            **more,
        )
