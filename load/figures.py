"""The arithmetic of the lab: percentiles, ratios, ceilings, and the result of one run."""

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NEAR_THE_CEILING = 0.8
Histogram = Mapping[float, int]  # how many answers came within so many milliseconds


def percentile(times: Histogram, part: float) -> float:
    """The time within which that part of all answers came (nearest rank); 0 if there were none.

    Raise ValueError if `part` is not above 0 and at most 1.
    """
    if not 0 < part <= 1:
        raise ValueError(f"a part is above 0 and at most 1, not {part}")
    rank, seen = math.ceil(part * sum(times.values())), 0
    for time in sorted(times):
        seen += times[time]
        if seen >= rank:
            return time
    return 0.0


def mean(times: Histogram) -> float:
    """The mean time; 0 if there were none."""
    return sum(time * number for time, number in times.items()) / max(sum(times.values()), 1)


def three_digits(time: float) -> float:
    """A time with three significant digits, so that a histogram stays small and a percentile exact enough."""
    return float(f"{time:.3g}")


def median(values: Iterable[float]) -> float:
    """The middle one; NaN if there are none."""
    known = list(values)
    return statistics.median(known) if known else math.nan


@dataclass(frozen=True)
class Used:
    """What a process used while the load lasted."""

    name: str
    pid: int
    seconds: float  # of the processor
    megabytes: float  # at most


@dataclass(frozen=True)
class Run:
    """What one run came to; plain values that JSON can hold."""

    scenario: str
    step: int  # 0: a server of somebody's own
    users: int
    seconds: float  # from the first request to the last answer
    requests: int  # answered or failed
    failures: Mapping[str, int]  # by kind
    times: Histogram  # of all requests, in ms; a failed one took as long as until it failed
    entries: Mapping[str, tuple[int, float]]  # by what was asked for: how many, and the p99 in ms
    used: tuple[Used, ...] = ()  # by the step's processes; (): nobody knows them
    generator: float = 0.0  # processor seconds of the generator
    processes: int = 1  # of the generator
    busy: float = 0.0  # processor seconds of all programs of the machine
    ceiling: float = 0.0  # requests a second that the generator can send and count
    held: int = 0  # connections that slow clients held at the end
    rates: tuple[tuple[float, float], ...] = field(default=())  # (seconds, answers a second) as it went

    @property
    def failed(self) -> int:
        """How many requests failed."""
        return sum(self.failures.values())

    @property
    def answered(self) -> int:
        """How many got the answer that they wanted."""
        return self.requests - self.failed

    @property
    def throughput(self) -> float:
        """Good answers a second."""
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def error_rate(self) -> float:
        """The part of all requests that failed; 1 if there was none at all."""
        return self.failed / self.requests if self.requests else 1.0

    @property
    def p99(self) -> float:
        """In ms, of all requests, the failed ones with them."""
        return percentile(self.times, 0.99)

    @property
    def server_seconds(self) -> float:
        """Processor seconds of all processes of the step."""
        return sum(one.seconds for one in self.used)

    @property
    def cpu_per_request(self) -> float:
        """Milliseconds of the server's processor for each good answer; NaN if they are unknown."""
        return 1000 * self.server_seconds / self.answered if self.used and self.answered else math.nan

    @property
    def generator_bound(self) -> bool:
        """Whether the generator may have been what limited the run.

        Near the measured ceiling; or near a whole core for each of its processes, since a request with TLS or
        a form costs it more than those of which the ceiling is made.
        """
        rate = self.requests / self.seconds if self.seconds else 0.0
        near = self.ceiling > 0 and rate >= NEAR_THE_CEILING * self.ceiling
        return near or self.generator >= NEAR_THE_CEILING * self.seconds * self.processes
