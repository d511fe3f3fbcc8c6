"""The questions: three a step, each with one right option for any figure, and a lesson that exists."""

from pathlib import Path

import pytest

from load.figures import Run
from load.questions import LETTERS, Needed, lesson, questions
from load.scenarios import SCENARIOS
from load.tests.made import a_run

ROOT = Path(__file__).resolve().parents[2]
ALL = [(step, number) for step in range(1, 8) for number in range(3)]


@pytest.mark.parametrize("step", range(1, 8))
def test_each_step_has_three_questions_drawn_from_its_lesson(step: int) -> None:
    assert len(questions(step)) == 3
    assert (ROOT / lesson(step)).is_file()
    assert lesson(step).startswith(f"step{step:02}_")


@pytest.mark.parametrize(("step", "number"), ALL)
def test_every_figure_makes_exactly_one_option_right(step: int, number: int) -> None:
    question = questions(step)[number]
    assert len(question.options) == len(question.bounds) == len(LETTERS)
    assert list(question.bounds) == sorted(set(question.bounds))
    assert question.bounds[-1] == float("inf")
    assert [question.right(bound - 0.001) for bound in question.bounds[:-1]] == ["a", "b"]
    assert question.right(10**9) == "c"
    assert question.because


@pytest.mark.parametrize(("step", "number"), ALL)
def test_every_question_needs_runs_that_its_steps_can_bear(step: int, number: int) -> None:
    for needed in questions(step)[number].needs():
        assert SCENARIOS[needed.scenario].suits(needed.step)
        assert needed.step <= step


def test_a_question_about_a_ratio_divides() -> None:
    question = next(one for one in questions(4) if one.beside)
    runs: dict[Needed, Run] = {one: a_run(requests=1000 * one.step) for one in question.needs()}
    assert question.measured(runs) == pytest.approx(3 / 4)
