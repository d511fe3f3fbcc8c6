"""What the deployed stack is to reach, each goal as a ratio within one run, and whether it did."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.stack import plan
from bench.stack.results import Results


@dataclass(frozen=True)
class Goal:
    """A bound on a ratio. `series` gives the ratios of the rounds, for each page that the goal speaks of."""

    text: str
    bound: float
    series: Callable[[Results], dict[str, list[float]]]
    why: str  # what a profile says, where it is missed
    at_most: bool = False


@dataclass(frozen=True)
class Verdict:
    """How a goal came out: at its worst page, the middle of the rounds, and their range."""

    goal: Goal
    where: str
    middle: float
    lowest: float
    highest: float

    @property
    def met(self) -> bool:
        """Whether the middle of the rounds keeps the bound."""
        return self._keeps(self.middle)

    @property
    def undecided(self) -> bool:
        """Whether some rounds keep the bound and others do not: then the machine was not quiet enough."""
        return self._keeps(self.lowest) != self._keeps(self.highest)

    def _keeps(self, ratio: float) -> bool:
        return ratio <= self.goal.bound if self.goal.at_most else ratio >= self.goal.bound


def judge(results: Results) -> list[Verdict]:
    """A verdict for each goal of which anything was measured."""
    return [verdict for goal in GOALS if (verdict := _verdict(goal, results))]


def _verdict(goal: Goal, results: Results) -> Verdict | None:
    series = {where: ratios for where, ratios in goal.series(results).items() if ratios}
    if not series:
        return None
    worst = max if goal.at_most else min
    where = worst(series, key=lambda name: statistics.median(series[name]))
    return Verdict(goal, where, statistics.median(series[where]), series[where][0], series[where][-1])


def _times(
    kind: plan.Kind, other: plan.Kind, rows: Iterable[plan.Row], crowds: tuple[bool, ...] = (False,)
) -> Callable[[Results], dict[str, list[float]]]:
    def series(results: Results) -> dict[str, list[float]]:
        return {
            row.title + (", slow clients" if crowd else ""): results.ratios(kind, other, row, crowd)
            for row in rows
            for crowd in crowds
        }

    return series


def _slowdowns(results: Results) -> dict[str, list[float]]:
    return {row.title: results.slowdowns(plan.STEP07, row) for row in plan.ROWS}


def _second_app(results: Results) -> dict[str, list[float]]:
    one, _, two = plan.BACKENDS
    return {"computing route": results.gains(one, two, plan.COMPUTING)}


APP_PAGES = (plan.TEMPLATE, plan.SESSION)
FLASK_ITSELF = "Most of such a page is Flask's own work and gunicorn's, and that is the same in both."
GOALS = (
    Goal(
        "step 05 ahead of the Compose form on every row",
        1.0,
        _times(plan.STEP05, plan.COMPOSE, plan.ROWS, (False, True)),
        FLASK_ITSELF,
    ),
    Goal(
        "the same on the template page", 1.5, _times(plan.STEP05, plan.COMPOSE, [plan.TEMPLATE]), FLASK_ITSELF
    ),
    Goal(
        "the same on the anonymous page, by *not running Flask* (the micro-cache)",
        20.0,
        _times(plan.STEP05, plan.COMPOSE, [plan.ANONYMOUS]),
        "On a busy machine the one request that fetches the page anew keeps all the others waiting.",
    ),
    Goal(
        "step 05's files, times the same nginx alone",
        0.95,
        _times(plan.STEP05, plan.ALONE, [plan.FILE]),
        "Step 05 also counts limits, draws an id, chooses header fields by patterns, and logs in JSON.",
    ),
    Goal(
        "step 06 by TLS, times step 05, kept connections",
        0.85,
        _times(plan.STEP06, plan.STEP05, APP_PAGES),
        "Each answer is encrypted, and bears seven header fields more.",
    ),
    Goal(
        "two apps, times one, on two cores",
        1.8,
        _second_app,
        "The load, nginx and whatever else runs here use the same two cores: see below what those are worth.",
    ),
    Goal(
        "step 07's p99 with slow clients, times without",
        2.0,
        _slowdowns,
        "nginx keeps the slow ones without a thread; what is left is the handshakes of those who come again.",
        at_most=True,
    ),
)
