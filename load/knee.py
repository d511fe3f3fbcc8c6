"""The knee: the highest constant rate of arrivals at which a server still keeps an objective."""

from collections.abc import Callable
from dataclasses import dataclass

from load.figures import NEAR_THE_CEILING, Run
from load.generator import Line, Order, generate
from load.schedule import Objective
from load.sites import Aim

PATIENCE = 5.0
SOURCES = 20  # about so many, at the first rate


@dataclass(frozen=True)
class Stage:
    """One rate that was tried."""

    rate: float  # arrivals a second
    p99: float  # ms, from when each was due
    errors: float  # part of them that failed or was not answered in time
    met: bool


@dataclass(frozen=True)
class Knee:
    """What a ramp has found at one step. `rate` is 0 if not even the lowest kept the objective."""

    step: int
    path: str
    rate: float
    stages: tuple[Stage, ...]
    ceiling: float = 0.0  # what the same ramp finds where the server costs next to nothing

    @property
    def generator_bound(self) -> bool:
        """Whether a better generator might have found a higher one."""
        return self.ceiling > 0 and self.rate >= NEAR_THE_CEILING * self.ceiling


def find_knee(
    aim: Aim,
    path: str,
    start: float,
    objective: Objective,
    seconds: float,
    watch: Callable[[Line], None] = lambda _: None,
) -> Knee:
    """Try rates, each for some seconds, until the knee is known to about an eighth."""
    stages: list[Stage] = []

    def hear(line: Line) -> None:
        watch(line)
        if line["kind"] == "stage":
            stages.append(Stage(line["rate"], line["p99"], line["errors"], line["met"]))

    generate(arrivals(aim, path, start, seconds, objective=objective), hear)
    failed = min((one.rate for one in stages if not one.met), default=float("inf"))
    met = max((one.rate for one in stages if one.met and one.rate < failed), default=0.0)
    return Knee(aim.step, path, met, tuple(stages))


def arrivals(aim: Aim, path: str, rate: float, seconds: float, objective: Objective | None = None) -> Order:
    """The order for a ramp that begins at that rate; without an objective, for that one rate."""
    kept = objective or Objective(1000 * PATIENCE, 1.0)
    words: tuple[str, ...] = (
        "--path",
        path,
        "--start",
        f"{rate:g}",
        "--each",
        f"{rate / SOURCES:g}",
        "--stage",
        f"{seconds:g}",
    )
    words += ("--p99", f"{kept.p99:g}", "--errors", f"{kept.errors:g}", "--search", "1" if objective else "0")
    return Order(aim, (), 1, 0.0, PATIENCE, locustfile="rampfile.py", words=words)


def measure_rate(aim: Aim, path: str, rate: float, seconds: float, during: Callable[[], None]) -> Run:
    """One constant rate, without any search."""
    return generate(arrivals(aim, path, rate, seconds), during=during)
