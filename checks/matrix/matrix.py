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

from checks import expectations, selection
from checks.claim import Check
from checks.expectations import Expectations, WrongExpectations
from checks.machine import describe
from checks.matrix import record
from checks.matrix import table as matrix_table
from checks.matrix.markdown import markdown
from checks.matrix.page import page
from checks.matrix.places import PLACES, CannotRun, NoSuchPlace, targets_in
from checks.matrix.record import Run
from checks.matrix.sweep import sweep
from checks.registry import every_check
from launcher.interruption import INTERRUPTED, interruptible

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
    screen = matrix_table.Screen()
    try:
        with interruptible():
            expected = expectations.expected_in(arguments.target)
            place = arguments.target or "native"
            return _show(screen, _run(screen, arguments, expected), expected, place)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (NoSuchPlace, selection.Unknown) as error:
        print(error, file=sys.stderr)
        return MISUSED
    except (CannotRun, WrongExpectations, NoRun) as error:
        print(error, file=sys.stderr)
        return UNEXPECTED


class NoRun(Exception):
    """There is no run whose documents could be written again."""


def _run(screen: Console, arguments: argparse.Namespace, expected: Expectations) -> Run:
    if arguments.again:
        return _last_run(_json())
    steps, checks = selection.steps(arguments.steps), selection.checks(arguments.checks)
    return measure(screen, steps, checks, expected, arguments.target)


def _last_run(path: Path) -> Run:
    try:
        run = record.from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NoRun(f"there is no {path} yet; make matrix writes it") from error
    if {cell.check for cell in run.cells} - {check.id for check in every_check()}:
        raise NoRun(f"{path} has checks that are no more; make matrix writes it anew")
    return run


def measure(
    screen: Console, steps: Sequence[int], checks: Sequence[Check], expected: Expectations, place: str
) -> Run:
    """Start the steps, ask every question of each."""
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    began = time.monotonic()
    with screen.status("starting the steps") as status, targets_in(place, steps) as targets:
        status.stop()
        audience = matrix_table.Board(screen, expected, steps, len(checks))
        with audience.shown():
            cells = sweep(checks, targets, audience)
    return Run(date, describe(), round(time.monotonic() - began, 1), tuple(cells))


def _show(screen: Console, run: Run, expected: Expectations, place: str) -> int:
    checks = [check for check in every_check() if run.row(check.id)]
    unexpected = [cell for cell in run.cells if not expected.agrees(cell.check, cell.step, cell.verdict)]
    screen.print(matrix_table.table(run, checks, expected))
    for cell in unexpected:
        screen.print(Text(matrix_table.difference(cell, expected), "red"))
    screen.print(matrix_table.summary(run, unexpected))
    written = [_json(place)]
    record.write(_json(place), record.to_json(run))
    # The documents tell of the steps as most people run them.
    if place == "native" and _is_whole(run, checks) and not unexpected:
        written += _documents(run, checks, expected)
    screen.print(Text(f"written: {', '.join(map(str, written))}", "bright_black"))
    return UNEXPECTED if unexpected else 0


def _is_whole(run: Run, checks: Sequence[Check]) -> bool:
    return len(checks) == len(every_check()) and run.steps == list(expectations.STEPS)


def _documents(run: Run, checks: Sequence[Check], expected: Expectations) -> list[Path]:
    """Write the documents; their names."""
    record.write(MARKDOWN, markdown(run, checks, expected))
    record.write(PAGE, page(run, checks, expected))
    return [MARKDOWN, PAGE]


def _json(place: str = "native") -> Path:
    name = "matrix.json" if place == "native" else f"matrix-{place}.json"
    return Path(os.environ.get("RUN") or "run") / "checks" / name
