"""`make abuse`: what strangers may do to steps 05 to 07, told while they do it, and written down."""

import argparse
import datetime
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from checks.claim import Trouble
from checks.machine import describe
from launcher.interruption import INTERRUPTED, interruptible
from trials import abuse_document, files
from trials.abuse_case import Case, Finding
from trials.abuse_document import Result
from trials.abuses import CASES
from trials.arena import Arena
from trials.record import chosen
from trials.stage import on_stage

MISSED, MISUSED = 1, 2
STEPS = ("step05", "step06", "step07")
ATTACKERS, VISITS, BOUND = 1000, 200, 100.0
# The normal visitor comes from [::1] and is never refused for how often; who attacks, is.
NOBODY_ELSE = '::1 "";\n'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command line."""
    known = ", ".join(case.id for case in CASES)
    parser.add_argument("--events", default="", metavar="EVENT…", help=f"some of: {known}; default: all")
    parser.add_argument(
        "--attackers", type=int, default=ATTACKERS, help="at once (1000); else docs/ is left alone"
    )
    parser.add_argument("--bound", type=float, default=BOUND, help="milliseconds for 99 of 100 visits (100)")


def main(arguments: argparse.Namespace) -> int:
    """0 if every goal was met, 1 if not, 2 for a wrong word, 130 for Ctrl-C."""
    screen = Console(highlight=False)
    try:
        cases = chosen(arguments.events, CASES)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return MISUSED
    if lacking := files.raise_soft_limit(arguments.attackers + 256):
        screen.print(Text(lacking, "yellow"))
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    machine = {**describe(), "load average": f"{os.getloadavg()[0]:.1f}"}
    results = {case.id: Result(case.id, date, machine, {}) for case in cases}
    try:
        with interruptible():
            for step in STEPS:
                _at(screen, step, cases, results, arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except RuntimeError as error:  # the launcher's words
        print(error, file=sys.stderr)
        return MISSED
    missed = [miss for one in results.values() for miss in one.misses]
    if arguments.attackers >= ATTACKERS and arguments.bound <= BOUND and not missed:
        abuse_document.save({**abuse_document.load_results(), **results}, CASES)
        screen.print(Text(f"written: {abuse_document.DOCUMENT}", "bright_black"))
    return MISSED if missed else 0


def _at(
    screen: Console,
    step: str,
    cases: Sequence[Case],
    results: dict[str, Result],
    arguments: argparse.Namespace,
) -> None:
    screen.print(Text(f"\n{step}", "bold"))
    with on_stage(step, NOBODY_ELSE) as stage:
        arena = Arena(stage, arguments.attackers, VISITS, arguments.bound)
        for case in cases:
            with screen.status(case.title):
                found = attempt(case, arena)
            results[case.id].findings[step] = asdict(found)
            sign = Text("  ✗ ", "red") if found.misses else Text("  ✓ ", "green")
            screen.print(sign.append(f"{case.title}: {found.says}", "default"))
            for miss in found.misses:
                screen.print(Text(f"      {miss}", "red"))


def attempt(case: Case, arena: Arena) -> Finding:
    """Do it; whatever keeps it from an end is a miss."""
    found = Finding()
    try:
        case.attempt(arena, found)
    except Trouble as trouble:
        found.misses.append(str(trouble))
    return found
