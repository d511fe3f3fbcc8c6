"""What a stream of visits met: plain values that add up. Nothing here touches a network."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

SLICE = 0.25  # seconds: so finely the time is divided

# How a visit can fail; else it is "status 502" and the like.
REFUSED, BROKEN = "no connection", "broken before the answer"
CUT, SILENT = "cut off in its body", "no answer in time"


@dataclass
class Slice:
    """A quarter of a second."""

    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0  # seconds


@dataclass
class Traffic:
    """All of a load's visits. `slices` are numbered by the clock that all processes share."""

    slices: dict[int, Slice] = field(default_factory=dict)
    paths: Counter[str] = field(default_factory=Counter)  # how many visits each path template had
    served_by: Counter[str] = field(default_factory=Counter)  # the app that says it answered; "" for nginx
    milliseconds: Counter[int] = field(default_factory=Counter)  # of the answered visits
    marked: int = 0  # answers that had the words in them that were looked for
    again: Counter[str] = field(default_factory=Counter)  # what a second try met, after a broken connection
    connections: int = 0

    def add(self, other: "Traffic") -> None:
        """Take in what another process met."""
        for number, one in other.slices.items():
            mine = self.slices.setdefault(number, Slice())
            mine.answered += one.answered
            mine.failed.update(one.failed)
            mine.slowest = max(mine.slowest, one.slowest)
        for name in ("paths", "served_by", "milliseconds", "again"):
            getattr(self, name).update(getattr(other, name))
        self.marked += other.marked
        self.connections += other.connections

    @property
    def answered(self) -> int:
        """Visits that got a whole 200."""
        return sum(one.answered for one in self.slices.values())

    @property
    def failures(self) -> Counter[str]:
        """The others, by kind."""
        return sum((one.failed for one in self.slices.values()), Counter())

    @property
    def failed(self) -> int:
        """How many those are."""
        return self.failures.total()

    @property
    def sent(self) -> int:
        """All visits."""
        return self.answered + self.failed

    @property
    def slowest(self) -> float:
        """In seconds."""
        return max((one.slowest for one in self.slices.values()), default=0.0)

    def percentile(self, part: float) -> int:
        """So many milliseconds, or less, were enough for that part of the answered visits."""
        wanted, seen = part * self.milliseconds.total(), 0
        for milliseconds, number in sorted(self.milliseconds.items()):
            seen += number
            if seen >= wanted:
                return milliseconds
        return 0


def whole(parts: Iterable[Traffic]) -> Traffic:
    """All of them together."""
    together = Traffic()
    for part in parts:
        together.add(part)
    return together


def to_json(traffic: Traffic) -> dict[str, Any]:
    """A form that JSON can hold."""
    slices = {n: [one.answered, dict(one.failed), one.slowest] for n, one in traffic.slices.items()}
    return {**vars(traffic), "slices": slices}


def from_json(values: dict[str, Any]) -> Traffic:
    """Back from it; JSON makes strings of numbers that are keys."""
    return Traffic(
        slices={
            int(n): Slice(answered, Counter(failed), slowest)
            for n, (answered, failed, slowest) in values["slices"].items()
        },
        paths=Counter(values["paths"]),
        served_by=Counter(values["served_by"]),
        milliseconds=Counter({int(key): number for key, number in values["milliseconds"].items()}),
        marked=values["marked"],
        again=Counter(values["again"]),
        connections=values["connections"],
    )
