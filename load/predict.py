"""`make predict`.

Three questions about a run to come, then the run, and the prediction beside what was measured.
"""

import argparse
import math
import sys
from collections.abc import Iterable
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from load.address import Misused
from load.arena import arena
from load.charts import figure_of
from load.figures import Run
from load.generator import Order, generate, visits
from load.questions import LETTERS, Needed, Question, lesson, questions
from load.scenarios import SCENARIOS
from load.sites import Aim, number_of
from load.words import duration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command line."""
    parser.add_argument("--step", default="", help="01 to 07")
    parser.add_argument("--answers", default="", help="three letters, abc say, where there is no terminal")
    parser.add_argument("--time", default="", help="for each run (3s)")


def main(arguments: argparse.Namespace) -> int:
    """0 if the answers could be compared, however wrong they were."""
    console = Console(highlight=False)
    if not arguments.step:
        raise Misused("whose run shall be predicted? STEP=03")
    step, seconds = number_of(arguments.step), duration(arguments.time or "3s")
    asked = questions(step)
    given = _given(arguments.answers, len(asked))
    console.print(Text(f"Step {step:02} under load: what will happen?", "bold"))
    answers = [_answer(console, number, one, given) for number, one in enumerate(asked)]
    runs = _measure(console, {needed for one in asked for needed in one.needs()}, seconds)
    right = sum(_compare(console, *row, runs) for row in zip(asked, answers, strict=True))
    console.print(f"\n{right} of {len(asked)} predictions held. The lesson: {lesson(step)}", style="bold")
    return 0


def _given(text: str, number: int) -> str:
    answers = "".join(letter for letter in text.lower() if letter not in " ,")
    if text and (len(answers) != number or not set(answers) <= set(LETTERS)):
        raise Misused(f"ANSWERS={text}: {number} letters from {LETTERS} are expected, like {LETTERS}")
    if not text and not sys.stdin.isatty():
        raise Misused(f"there is no terminal to answer at; give the answers: ANSWERS={LETTERS}")
    return answers


def _answer(console: Console, number: int, question: Question, given: str) -> str:
    console.print(Text(f"\n{number + 1}. {question.ask}"))
    for letter, says in zip(LETTERS, question.options, strict=True):
        console.print(Text(f"   {letter}  {says}"))
    if given:
        return given[number]
    while True:
        try:
            answer = console.input("   your prediction: ").strip().lower()
        except EOFError:
            raise Misused("no answer, no prediction") from None
        if answer in LETTERS and len(answer) == 1:
            return answer
        console.print(f"   one of {', '.join(LETTERS)}, please")


def _measure(console: Console, needed: Iterable[Needed], seconds: float) -> dict[Needed, Run]:
    """Start the steps that are needed, and let the visitors come, one load after the other."""
    runs: dict[Needed, Run] = {}
    steps = sorted({one.step for one in needed})
    names = [f"step{step:02}" for step in steps]
    with console.status(f"starting {', '.join(names)}") as status, arena(*names) as aims:
        for one in sorted(needed):
            status.update(f"{one.scenario} at step {one.step:02} for {seconds:g} s")
            order = _order(one, aims[one.step], seconds)
            runs[one] = replace(generate(order), scenario=one.scenario)
    return runs


def _order(needed: Needed, aim: Aim, seconds: float) -> Order:
    order = visits(needed.scenario, aim, needed.users or SCENARIOS[needed.scenario].users, seconds)
    return replace(order, classes=needed.classes) if needed.classes else order


def _compare(console: Console, question: Question, answer: str, runs: dict[Needed, Run]) -> bool:
    figure = question.measured(runs)
    if math.isnan(figure):
        console.print(Text(f"\n{question.ask}\n   nothing could be measured here", "yellow"))
        return False
    right = question.right(figure)
    held = answer == right
    options = dict(zip(LETTERS, question.options, strict=True))
    console.print(Text(f"\n{question.ask}"))
    console.print(Text(f"   predicted  {answer}  {options[answer]}", "green" if held else "red"))
    console.print(
        Text(f"   measured   {right}  {options[right]}   ({figure_of(figure)} {question.unit})", "bold")
    )
    console.print(Text(f"   {question.because}", "bright_black"))
    return held
