"""The same load over all steps.

In turns, and again in the opposite order, so that a machine's drift cancels.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from load.figures import Run, Used, median
from load.generator import generate, visits
from load.knee import Knee, Stage
from load.scenarios import SCENARIOS
from load.sites import Aim

MEASURES = ("throughput", "p99", "cpu_per_request", "error_rate")


@dataclass
class Results:
    """All that one `make load-all` has measured."""

    date: str
    machine: Mapping[str, str]
    seconds: float
    rounds: int
    ceiling: float = 0.0
    runs: list[Run] = field(default_factory=list)
    knees: list[Knee] = field(default_factory=list)
    closed: Run | None = None  # the same pause of the server, met by visitors who wait
    open: Run | None = None  # and by arrivals at a constant rate

    def of(self, scenario: str, step: int) -> list[Run]:
        """The rounds of one step."""
        return [run for run in self.runs if (run.scenario, run.step) == (scenario, step)]

    def value(self, measure: str, scenario: str, step: int) -> float:
        """The middle of the rounds; NaN where nothing was measured."""
        return median(getattr(run, measure) for run in self.of(scenario, step))

    def steps(self, scenario: str) -> list[int]:
        """Those that were measured in it."""
        return sorted({run.step for run in self.runs if run.scenario == scenario})

    def scenarios(self) -> list[str]:
        """Those that were measured, in the order of the table."""
        return [name for name in SCENARIOS if self.steps(name)]

    def generator_bound(self, scenario: str, step: int) -> bool:
        """Whether any round of it was."""
        return any(run.generator_bound for run in self.of(scenario, step))


def turns(steps: Sequence[int], rounds: int) -> Iterator[tuple[int, int]]:
    """Who is asked when.

    (round, step). Every second round goes backwards, so a drift that is even cancels.
    """
    for number in range(rounds):
        for step in steps if number % 2 == 0 else reversed(steps):
            yield number, step


def compare(
    aims: Mapping[int, Aim],
    scenarios: Sequence[str],
    results: Results,
    say: Callable[[str, int], None],
) -> None:
    """Fill the results; `say` hears what is done now, and how many runs are over."""
    done = 0
    for name in scenarios:
        plan = SCENARIOS[name]
        suited = [step for step in aims if plan.suits(step)]
        for number, step in turns(suited, results.rounds):
            say(f"{name} · step {step:02} · round {number + 1} of {results.rounds}", done)
            run = generate(visits(name, aims[step], plan.users, results.seconds))
            results.runs.append(replace(run, scenario=name, users=plan.users, ceiling=results.ceiling))
            done += 1


def swaps(results: Results, measure: str, scenario: str, alike: float = 1.15) -> list[tuple[int, int]]:
    """Pairs of steps whose order is not the same in all rounds.

    Closer than `alike` times is no order at all.
    """
    steps, found = results.steps(scenario), []
    for place, one in enumerate(steps):
        for other in steps[place + 1 :]:
            orders = set()
            for mine, theirs in zip(results.of(scenario, one), results.of(scenario, other), strict=False):
                left, right = getattr(mine, measure), getattr(theirs, measure)
                if left > 0 and right > 0 and not math.isnan(left + right):
                    orders.add(0 if 1 / alike < left / right < alike else math.copysign(1, left - right))
            if {1.0, -1.0} <= orders:
                found.append((one, other))
    return found


def to_json(results: Results) -> dict[str, Any]:
    """Plain values."""
    return asdict(results)


def from_json(values: Mapping[str, Any]) -> Results:
    """Back again."""
    plain = dict(values)
    plain["runs"] = [_run(one) for one in values["runs"]]
    plain["knees"] = [
        Knee(**{**one, "stages": tuple(Stage(**x) for x in one["stages"])}) for one in values["knees"]
    ]
    for name in ("closed", "open"):
        plain[name] = _run(values[name]) if values[name] else None
    return Results(**plain)


def _run(values: Mapping[str, Any]) -> Run:
    more = {
        "times": {float(time): number for time, number in values["times"].items()},
        "entries": {name: (number, p99) for name, (number, p99) in values["entries"].items()},
        "used": tuple(Used(**one) for one in values["used"]),
        "rates": tuple((seconds, rate) for seconds, rate in values["rates"]),
    }
    return Run(**{**values, **more})
