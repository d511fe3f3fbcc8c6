"""Open load: when requests are due, and the search for the highest rate that still meets an objective.

A visitor who waits for an answer before the next request is merciful: while the server hangs, they do not
ask. So a closed loop measures the pause once for each visitor, where the world would have sent hundreds of
requests into it. That is coordinated omission. Here a request is due at its time, whatever became of those
before, and its latency is counted from that time.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

GOLDEN = (math.sqrt(5) - 1) / 2
NARROW = (
    1.3  # a knee is known when the lowest rate that failed is within this factor of the highest that met it
)


def due_times(begin: float, rate: float, source: int) -> Iterator[float]:
    """The times at which one of many sources sends: `rate` a second, evenly, for ever.

    Sources that begin together must not send together: each begins at another part of its first interval, and
    the golden ratio spreads any number of them evenly.
    """
    offset = (source * GOLDEN) % 1.0
    number = 0
    while True:
        yield begin + (number + offset) / rate
        number += 1


@dataclass(frozen=True)
class Objective:
    """What a server has to keep.

    99 % of the answers within so many ms, and so many of all requests may fail.
    """

    p99: float
    errors: float

    def met_by(self, p99: float, errors: float) -> bool:
        """Whether it was kept."""
        return p99 <= self.p99 and errors <= self.errors


@dataclass
class Search:
    """Which rate to try next: upwards by `factor` until one fails, then halves of what is left (in ratio)."""

    start: float
    factor: float = 1.5
    lowest: float = 1.0  # what is below it is not tried
    highest: float = 20_000.0
    met: float = 0.0  # the highest that kept the objective
    failed: float = math.inf  # the lowest that did not
    tried: list[tuple[float, bool]] = field(default_factory=list)

    def next_rate(self) -> float | None:
        """None when the knee is known well enough, or lies beyond the bounds."""
        if not self.tried:
            return self.start
        if not self.met:
            rate = self.failed / self.factor
            return rate if rate >= self.lowest else None
        if self.failed == math.inf:
            rate = self.met * self.factor
            return rate if rate <= self.highest else None
        return math.sqrt(self.met * self.failed) if self.failed / self.met > NARROW else None

    def judge(self, rate: float, met: bool) -> None:
        """What came of a rate. One that met it below one that failed counts, not one above: that was luck."""
        self.tried.append((rate, met))
        if not met:
            self.failed = min(self.failed, rate)
        elif rate < self.failed:
            self.met = max(self.met, rate)
