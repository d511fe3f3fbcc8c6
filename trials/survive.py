"""`make survive`: the events under load, told while they happen, counted, and written down."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from checks.claim import Trouble
from checks.machine import describe
from launcher.interruption import INTERRUPTED, interruptible
from trials import document, files
from trials.event import CannotHappen, Event
from trials.events import EVENTS
from trials.record import chosen
from trials.run import WHOLE, Result, run

MISSED, MISUSED = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command line."""
    known = ", ".join(event.id for event in EVENTS)
    parser.add_argument("--events", default="", metavar="EVENT…", help=f"some of: {known}; default: all")
    help_gets = f"at least so many GETs for each event ({WHOLE.gets}); with fewer, docs/ is left alone"
    parser.add_argument("--gets", default="", metavar="N", help=help_gets)


def main(arguments: argparse.Namespace) -> int:
    """0 if every goal was met, 1 if not, 2 for a wrong word, 130 for Ctrl-C."""
    screen = Console(highlight=False)
    try:
        events = chosen(arguments.events, EVENTS)
        gets = int(arguments.gets or WHOLE.gets)
    except (LookupError, ValueError) as error:
        print(error.args[0], file=sys.stderr)
        return MISUSED
    screen.print(files.raise_soft_limit(512))
    try:
        with interruptible():
            results = [one for event in events if (one := _happen(screen, event, gets))]
    except KeyboardInterrupt:
        return INTERRUPTED
    except RuntimeError as error:  # the launcher's words
        print(error, file=sys.stderr)
        return MISSED
    screen.print(table(results))
    missed = [one for one in results if one.misses]
    for one in missed:
        screen.print(Text(f"{one.event}: {'; '.join(one.misses)}", "red"))
    if gets >= WHOLE.gets and results and not missed:
        written = document.keep({one.event: one for one in results})
        screen.print(Text(f"written: {written[0]}, {document.FOLDER}/", "bright_black"))
    return MISSED if missed or not results else 0


def _happen(screen: Console, event: Event, gets: int) -> Result | None:
    screen.print(Text(f"\n{event.id}: {event.title}", "bold"))
    screen.print(Text(event.about, "bright_black"))
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task("", total=gets)

        def say(what: str) -> None:
            progress.console.print(f"  · {what}")

        try:
            size = replace(WHOLE, gets=gets)
            result = run(event, size, say, lambda sent: progress.update(task, completed=min(sent, gets)))
        except CannotHappen as why:
            screen.print(Text(f"  left out: {why}", "yellow"))
            return None
        except Trouble as trouble:
            raise RuntimeError(f"{event.id}: {trouble}") from trouble
    result.machine = {**describe(), "load average": f"{os.getloadavg()[0]:.1f}"}
    verdict = Text("  goal missed", "red") if result.misses else Text("  goal met", "green")
    screen.print(verdict, f"({event.goal}): {result.failed:,} of {result.sent:,} GETs failed")
    for fact in result.facts:
        screen.print(f"  {fact}")
    return result


def table(results: Sequence[Result]) -> Table:
    """The counts of all events."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("event")
    for title in ("GETs", "failed", "kinds", "p99 ms", "slowest s", "POSTs", "twice", "lost", "goal"):
        shown.add_column(title, justify="left" if title == "kinds" else "right")
    for one in results:
        kinds = ", ".join(f"{number} {what}" for what, number in one.failures.items())
        numbers = (
            f"{one.slow}",
            f"{one.slowest:.1f}",
            str(one.posts.get("303", 0)),
            str(one.twice),
            str(one.missing),
        )
        goal = Text("missed", "red") if one.misses else Text("met", "green")
        shown.add_row(one.event, f"{one.sent:,}", f"{one.failed:,}", kinds, *numbers, goal)
    return shown
