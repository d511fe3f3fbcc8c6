"""The questions of `make predict`: three for each step, read from `questions/stepNN.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from load.figures import Run

FOLDER = Path(__file__).with_name("questions")
LETTERS = "abc"


@dataclass(frozen=True, order=True)
class Needed:
    """A run that an answer needs."""

    step: int
    scenario: str
    users: int  # 0: as many as the scenario has
    classes: tuple[str, ...]  # (): those of the scenario


@dataclass(frozen=True)
class Figure:
    """What is looked at of a run."""

    of: str
    run: Needed

    def value(self, runs: Mapping[Needed, Run]) -> float:
        """The figure, as the questions have it."""
        run = runs[self.run]
        return {
            "throughput": run.throughput,
            "p99": run.p99,
            "cpu": run.cpu_per_request,
            "failed": 100 * run.error_rate,
        }[self.of]


@dataclass(frozen=True)
class Question:
    """One question. An option is right if the figure is below its bound, and none before it was right."""

    ask: str
    figure: Figure
    beside: Figure | None  # if there is one, the question is about the ratio
    unit: str
    options: tuple[str, ...]
    bounds: tuple[float, ...]
    because: str

    def measured(self, runs: Mapping[Needed, Run]) -> float:
        """The figure that decides."""
        value = self.figure.value(runs)
        if not self.beside:
            return value
        beside = self.beside.value(runs)
        return value / beside if beside else float("inf")

    def right(self, figure: float) -> str:
        """The letter of the option that the figure makes right."""
        return next(letter for letter, bound in zip(LETTERS, self.bounds, strict=True) if figure < bound)

    def needs(self) -> list[Needed]:
        """The runs without which there is no figure."""
        return [self.figure.run] + ([self.beside.run] if self.beside else [])


def questions(step: int) -> list[Question]:
    """Those about a step."""
    told = tomllib.loads((FOLDER / f"step{step:02}.toml").read_text(encoding="utf-8"))
    return [_question(one, step) for one in told["question"]]


def lesson(step: int) -> str:
    """The lesson that they are drawn from, as a path in the project."""
    return str(tomllib.loads((FOLDER / f"step{step:02}.toml").read_text(encoding="utf-8"))["lesson"])


def _question(told: Mapping[str, Any], step: int) -> Question:
    return Question(
        ask=told["ask"],
        figure=_figure(told["figure"], step),
        beside=_figure(told["beside"], step) if "beside" in told else None,
        unit=told["unit"],
        options=tuple(option["says"] for option in told["options"]),
        bounds=tuple(float(option.get("below", "inf")) for option in told["options"]),
        because=" ".join(told["because"].split()),
    )


def _figure(told: Mapping[str, Any], step: int) -> Figure:
    needed = Needed(
        told.get("step", step), told["scenario"], told.get("users", 0), tuple(told.get("classes", ()))
    )
    return Figure(told["of"], needed)
