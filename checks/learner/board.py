"""What a learner sees of a run: the checks as they go, then each miss in full, then the score."""

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from checks.claim import Check
from checks.command import CommandPowers
from checks.learner.progress import Change, Memory, Score, is_miss
from checks.report import fold_command, printable, render_outcome
from checks.runner import Outcome
from checks.target import Target

WIDTH = 100  # where there is no terminal to ask


class Board:
    """Writes to one console. rich leaves colours and movement out where there is no terminal, or NO_COLOR."""

    def __init__(self, console: Console | None = None):
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console = console or Console(highlight=False, width=WIDTH)

    def opening(self, step: int, target: str, checks: int, output: Path | None) -> None:
        """What is about to be asked, and of whom."""
        line = Text.assemble((f"Step {step:02}", "bold"), f" · {printable(target)} · {_checks(checks)}")
        self.console.print(line)
        if output:
            self.say(f"what your server writes goes to {short(output)}")
        self.console.print()

    @contextmanager
    def run(self, total: int) -> Iterator["Run"]:
        """The checks go by; a bar shows where there is a terminal."""
        columns = (BarColumn(20), MofNCompleteColumn(), TextColumn("{task.description}"))
        progress = Progress(
            *columns, console=self.console, transient=True, disable=not self.console.is_terminal
        )
        with progress:
            yield Run(self, progress, total)

    def misses(self, outcomes: Sequence[Outcome], target: Target) -> None:
        """Each miss, with everything that helps to mend it."""
        for outcome in outcomes:
            self.console.print()
            self.console.print(render_outcome(outcome))
        if outcomes and isinstance(target.powers, CommandPowers):  # it has been stopped
            self.console.print()
            self.say("before you try them by hand, start your server again:")
            for line in fold_command(printable(target.powers.command), self.console.width - 2):
                self.console.print(Text(f"  {line}", "cyan", no_wrap=True, overflow="ignore"), crop=False)

    def closing(self, result: Score, before: Memory | None, change: Change | None) -> None:
        """The score, and what has changed."""
        self.console.print()
        line = Text(f"{result} kept", "bold green" if not result.missed else "bold")
        if result.skipped:
            line.append(f" · {result.skipped} skipped", "default")
        if before:
            line.append(f" · last time {before.score}", "default")
        self.console.print(line)
        for label, names, style in (
            ("newly kept", change.newly_kept if change else (), "green"),
            ("lost again", change.lost_again if change else (), "red"),
        ):
            if names:
                self.say(f"{label}: {', '.join(names)}", style)

    def say(self, line: str, style: str = "") -> None:
        """A line of prose."""
        for part in textwrap.wrap(printable(line), self.console.width, break_on_hyphens=False):
            self.console.print(Text(part, style))


class Run:
    """The bar, and a line for each check that has been asked."""

    def __init__(self, board: Board, progress: Progress, total: int):
        self._board, self._progress = board, progress
        self._bar = progress.add_task("", total=total)

    def asks(self, check: Check) -> None:
        """A check begins."""
        self._progress.update(self._bar, description=f"{check.id}: {check.question}")

    def found(self, outcome: Outcome) -> None:
        """It has ended: a miss says its reason at once, and the rest at the end."""
        self._board.console.print(render_outcome(outcome, details=False))
        self._progress.advance(self._bar)


def to_mend(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The misses, the lowest step's first."""
    return sorted(filter(is_miss, outcomes), key=lambda outcome: outcome.check.since)


def short(path: Path) -> str:
    """As one would type it here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _checks(count: int) -> str:
    return "1 check" if count == 1 else f"{count} checks"
