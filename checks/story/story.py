"""`make break STEP=04`: what a step breaks and the next one mends, one act after the other, as it happens."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from checks import expectations, selection
from checks.claim import Check
from checks.expectations import STEPS, Expectations, WrongExpectations
from checks.ladder import title
from checks.matrix.places import PLACES, CannotRun, NoSuchPlace, targets_in
from checks.matrix.table import COLOURS, Screen, full
from checks.registry import named
from checks.report import SIGNS, printable
from checks.runner import examine
from checks.story import stage
from checks.story.stage import Side
from checks.target import Target
from launcher.interruption import INTERRUPTED, interruptible
from launcher.tour import TOUR

UNEXPECTED, MISUSED = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command line."""
    parser.add_argument("--step", required=True, metavar="STEP", help="whose failures: 04, say")
    parser.add_argument("--checks", nargs="*", default=[], metavar="ID", help="only these acts")
    parser.add_argument("--no-pause", action="store_true", help="do not wait for Enter (or PAUSE=no)")
    parser.add_argument("--target", default="native", metavar="|".join(PLACES), help="where the steps run")


def main(arguments: argparse.Namespace) -> int:
    """Play the acts; 1 if one came out otherwise than expected, 2 for a wrong word, 130 for Ctrl-C."""
    screen = Screen()
    try:
        with interruptible():
            step, expected = _step(arguments.step), expectations.expected_in(arguments.target)
            checks = acts(expected, step, arguments.checks)
            if not checks:
                screen.print(Text(nothing_above(expected, step)))
                return 0
            pause = pauses(screen, arguments.no_pause or os.environ.get("PAUSE") == "no")
            return play(screen, step, checks, arguments.target, pause)
    except KeyboardInterrupt:
        screen.print()
        return INTERRUPTED
    except (NoSuchPlace, selection.Unknown) as error:
        print(error, file=sys.stderr)
        return MISUSED
    except (CannotRun, WrongExpectations) as error:
        print(error, file=sys.stderr)
        return UNEXPECTED


def _step(typed: str) -> int:
    if len(selection.words([typed])) != 1:
        raise selection.Unknown("whose failures? name one step: make break STEP=04")
    return selection.steps([typed])[0]


# ---- what is played


def acts(expected: Expectations, step: int, names: Sequence[str] = ()) -> list[Check]:
    """The checks that the step breaks and the next one keeps; of these the named ones, if any is named."""
    asked = {check.id for check in selection.checks(names)}
    return [named(name) for name in expected.mended_above(step) if name in asked]


def nothing_above(expected: Expectations, step: int) -> str:
    """Why there is nothing to show."""
    if step < STEPS[-1]:
        return f"step{step:02} breaks none of these claims that step{step + 1:02} keeps"
    left = expected.broken_at(step)
    if not left:
        return f"Nothing is broken at step{step:02}, and no step stands above it to mend anything."
    why = "; ".join(f"{name} ({expected.reasons.get(name, 'no reason given')})" for name in left)
    return f"No step stands above step{step:02} to mend anything. Nothing is broken in it, except {why}"


Pause = Callable[[str], bool]  # says what Enter will do, and whether somebody has pressed it


def pauses(console: Console, never: bool) -> Pause:
    """What waits for Enter; without a terminal to press it at, or when asked not to, it does not wait."""
    if never or not console.is_terminal or not sys.stdin.isatty():
        return lambda words: False

    def wait(words: str) -> bool:
        console.print()
        try:
            console.input(f" [reverse] Enter [/] {words} ")
        except EOFError:
            console.print()
        return True

    return wait


# ---- how it is played


@dataclass(frozen=True)
class Act:
    """One check at the two steps."""

    check: Check
    below: Side
    above: Side

    @property
    def as_expected(self) -> bool:
        """Whether the story is true this time."""
        return (self.below.verdict, self.above.verdict) == expectations.BREAK


def play(console: Console, step: int, checks: Sequence[Check], place: str, pause: Pause) -> int:
    """Start both steps, play every act, sum up."""
    starting = f"starting step{step:02} and step{step + 1:02}"
    with console.status(starting) as status, targets_in(place, [step, step + 1]) as targets:
        status.stop()
        _prologue(console, step, checks, targets)
        played = []
        for number, check in enumerate(checks, 1):
            pause("The first act" if number == 1 else "The next act")
            played.append(_act(console, step, check, f"{number} of {len(checks)}", targets, pause))
        pause("What it was for")
        _epilogue(console, step, played)
    return 0 if all(act.as_expected for act in played) else UNEXPECTED


def _prologue(console: Console, step: int, checks: Sequence[Check], targets: dict[int, Target]) -> None:
    stage.curtain(console, f"What does step {title(step)} break that step {title(step + 1)} mends?")
    console.print(stage.paragraph("the step", TOUR[f"step{step:02}"].new))
    console.print(stage.paragraph("adds", TOUR[f"step{step + 1:02}"].new))
    for number, target in targets.items():
        console.print(stage.paragraph(f"step{number:02}", f"{target.main.url}/", "bold"))
    console.print()
    for number, check in enumerate(checks, 1):
        console.print(stage.paragraph(f"act {number}" if len(checks) > 1 else "the act", check.question))


def _act(
    console: Console,
    step: int,
    check: Check,
    which: str,
    targets: dict[int, Target],
    pause: Pause,
) -> Act:
    heading = f"Act {which} · {check.id}"
    stage.curtain(console, heading, check.question)
    console.print(stage.paragraph("the claim", stage.prose(sys.modules[check.probe.__module__].__doc__)))
    console.print(stage.paragraph("we do", stage.prose(check.probe.__doc__)))
    if pause(f"What will happen, first at step {title(step)}?"):
        stage.curtain(console, heading, check.question)  # so that all of it fits the screen
    else:
        console.print()
    act = Act(check, Side(step), Side(step + 1))
    if console.is_terminal:
        with Live(
            console=console,
            get_renderable=lambda: stage.sides(console, act.below, act.above),
            refresh_per_second=10,
            vertical_overflow="visible",
        ):
            _examine(act, targets)
    else:
        _examine(act, targets)
        console.print(stage.sides(console, act.below, act.above))
    _moral(console, act)
    return act


def _examine(act: Act, targets: dict[int, Target]) -> None:
    for side in (act.below, act.above):
        side.outcome = examine(act.check, targets[side.step], side.moments.append)


def _moral(console: Console, act: Act) -> None:
    check, outcome = act.check, act.below.outcome
    assert outcome is not None
    console.print()
    console.print(stage.paragraph("why", f"{_sentence(check.shows)} {outcome.hint}"))
    console.print(stage.paragraph("rests on", check.specification))
    console.print(stage.command("by hand", outcome.command, console.width))
    if not act.as_expected:
        console.print(
            stage.paragraph("but", "This came out otherwise than the table expects.", "bold yellow")
        )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].removesuffix('.')}."


def _epilogue(console: Console, step: int, played: Sequence[Act]) -> None:
    stage.curtain(console, f"What step {title(step + 1)} is for")
    table = Table(box=SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("claim", no_wrap=True)
    table.add_column("the failure")
    table.add_column(title(step), no_wrap=True)
    table.add_column(title(step + 1), no_wrap=True)
    for act in played:
        table.add_row(act.check.id, act.check.shows, _result(act.below), _result(act.above))
    console.print(table)
    true = sum(act.as_expected for act in played)
    console.print(
        Text(
            f" {true} of {len(played)} failures of step {step:02} seen, and mended at step {step + 1:02}.",
            "bold green" if true == len(played) else "bold yellow",
        )
    )


def _result(side: Side) -> Text:
    assert side.outcome is not None
    evidence = side.outcome.evidence
    text = Text(SIGNS[evidence.verdict], COLOURS[evidence.verdict])
    if evidence.figure is not None:
        text.append(f" {full(evidence.figure)} {printable(evidence.unit)}", "default")
    return text
