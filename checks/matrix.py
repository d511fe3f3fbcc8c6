"""The why-matrix: every check at every step, measured in one run, and held to what is expected."""

import argparse
import datetime
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from checks import expectations, matrix_table, record
from checks.claim import Check
from checks.expectations import Expectations
from checks.interruption import INTERRUPTED, interruptible
from checks.machine import describe
from checks.matrix_markdown import markdown
from checks.matrix_page import page
from checks.places import PLACES, NoSuchPlace, targets_in
from checks.record import Cell, Run
from checks.registry import every_check
from checks.selection import UnknownCheck, chosen
from checks.sweep import sweep
from checks.target import Target
from launcher.errors import LaunchError
from launcher.steps import choose

MARKDOWN, PAGE = Path("docs/why-matrix.md"), Path("docs/why-matrix.html")
UNEXPECTED, MISUSED = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command line."""
    parser.add_argument("--steps", nargs="*", default=[], metavar="STEP", help="04 05, say; default: all")
    parser.add_argument(
        "--checks", nargs="*", default=[], metavar="ID", help="some of the list; default: all"
    )
    parser.add_argument("--target", default="native", metavar="|".join(PLACES), help="where the steps run")
    parser.add_argument("--again", action="store_true", help="write the documents of the last run again")


def main(arguments: argparse.Namespace) -> int:
    """Run the matrix; 1 if a cell is not as expected, 2 for a wrong word, 130 for Ctrl-C."""
    screen = matrix_table.console()
    try:
        with interruptible():
            expected = expectations.load()
            if arguments.again:
                return _show(screen, record.from_json(_json().read_text(encoding="utf-8")), expected)
            steps = [step.number for step in choose(Path.cwd(), arguments.steps)]
            return _show(
                screen, measure(screen, steps, chosen(arguments.checks), expected, arguments.target), expected
            )
    except KeyboardInterrupt:
        return INTERRUPTED
    except (LaunchError, NoSuchPlace, UnknownCheck) as error:
        print(error, file=sys.stderr)
        return MISUSED
    except (expectations.WrongExpectations, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return UNEXPECTED


def measure(
    screen: Console, steps: Sequence[int], checks: Sequence[Check], expected: Expectations, place: str
) -> Run:
    """Start the steps, ask every question of each."""
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    began = time.monotonic()
    starting = targets_in(place, [f"step{step:02}" for step in steps])
    with screen.status("starting the steps") as status, starting as found:
        status.stop()
        targets = {int(name.removeprefix("step")): target for name, target in found.items()}
        _complain_of_missing(steps, targets)
        audience = matrix_table.Board(screen, expected, steps, len(checks) * len(steps))
        with audience.shown():
            cells = sweep(checks, targets, audience)
    return Run(date, describe(), round(time.monotonic() - began, 1), tuple(cells))


def _complain_of_missing(steps: Sequence[int], targets: dict[int, Target]) -> None:
    if missing := [f"step{step:02}" for step in steps if step not in targets]:
        raise RuntimeError(f"{' and '.join(missing)} cannot run here; make doctor says what is missing")


def _show(screen: Console, run: Run, expected: Expectations) -> int:
    checks = [check for check in every_check() if run.row(check.id)]
    unexpected = [cell for cell in run.cells if cell.verdict is not expected.cell(cell.check, cell.step)]
    screen.print(matrix_table.table(run, checks, expected))
    for line in matrix_table.differences(unexpected, expected):
        screen.print(line)
    screen.print(matrix_table.summary(run, unexpected))
    record.write(_json(), record.to_json(run))
    screen.print(Text(f"written: {', '.join(_written(run, checks, expected, unexpected))}", "bright_black"))
    return UNEXPECTED if unexpected else 0


def _written(
    run: Run, checks: Sequence[Check], expected: Expectations, unexpected: Sequence[Cell]
) -> list[str]:
    """The documents show only whole runs that came out as they should."""
    whole = len(checks) == len(every_check()) and run.steps == list(expectations.STEPS)
    if not whole or unexpected:
        return [f"{_json()} (documents only by a whole run that is as expected)"]
    record.write(MARKDOWN, markdown(run, checks, expected))
    record.write(PAGE, page(run, checks, expected))
    return [str(_json()), str(MARKDOWN), str(PAGE)]


def _json() -> Path:
    return Path(os.environ.get("RUN") or "run") / "checks" / "matrix.json"
