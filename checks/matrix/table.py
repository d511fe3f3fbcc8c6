"""The matrix at a terminal: what is being asked, then the table. It fits 100 columns, and a projector."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import mode

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from checks.claim import Check, Verdict
from checks.expectations import Expectations
from checks.ladder import TITLES, title
from checks.matrix.record import Cell, Run
from checks.report import SIGNS

WIDTH = 100
COLUMN = 8  # of a step
ROWS = 6  # that the live display keeps in sight
COLOURS = {
    Verdict.KEPT: "green",
    Verdict.BROKEN: "bold red",
    Verdict.ABSENT: "bright_black",
    Verdict.SKIPPED: "cyan",
}
SHORT = {1: "socket", 7: "balance"}  # where a column has no room for the title


class Screen(Console):
    """Standard output; where it is no terminal, as wide as a page."""

    def __init__(self) -> None:
        wide = min(Console().width, WIDTH) if sys.stdout.isatty() else WIDTH
        super().__init__(highlight=False, width=wide)

    def on_broken_pipe(self) -> None:
        """Nobody reads on: to be met where the command line is, not by an exit from here."""
        raise BrokenPipeError


# ---- while it runs


class Board:
    """Hears of each cell. At a terminal a live display; elsewhere a line a check."""

    def __init__(self, screen: Console, expected: Expectations, steps: Sequence[int], checks: int):
        self.screen, self.expected, self.steps = screen, expected, steps
        self.rows: list[tuple[Check, list[Cell]]] = []
        self.began = 0.0
        self.progress = Progress(
            BarColumn(bar_width=30, complete_style="green"),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=screen,
        )
        self.task = self.progress.add_task("", total=checks * len(steps))

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it, for the time of a `with`."""
        if not self.screen.is_terminal:
            yield
            return
        with Live(console=self.screen, get_renderable=self._seen, transient=True):
            yield

    def begins(self, check: Check, step: int) -> None:
        """A check begins at a step."""
        if not self.rows or self.rows[-1][0] is not check:
            self.rows.append((check, []))
            self.began = time.monotonic()
        self.progress.update(self.task, description=f"{check.id} at {title(step)}")

    def found(self, cell: Cell) -> None:
        """It has ended."""
        self.rows[-1][1].append(cell)
        self.progress.advance(self.task)

    def row(self, check: Check) -> None:
        """The check has been at every step."""
        if not self.screen.is_terminal:
            self.screen.print(self._line(*self.rows[-1], time.monotonic() - self.began))

    def _seen(self) -> RenderableType:
        lines = [self._line(*row) for row in self.rows[-ROWS:]]
        numbers = "  ".join(f"{step:02}" for step in self.steps)
        return Group(Text(f"{numbers:>{28 + len(numbers)}}", "bold cyan"), *lines, Text(), self.progress)

    def _line(self, check: Check, cells: list[Cell], seconds: float = 0.0) -> Text:
        line = Text(f"  {check.id:<26}", "bold")
        for cell in cells:
            shown = sign(cell, self.expected)
            line.append_text(shown).append(" " * (4 - len(shown)))
        if seconds:
            line.append(f"{seconds:5.1f} s", "default")
        return line


# ---- the table


def table(run: Run, checks: Sequence[Check], expected: Expectations) -> Table:
    """Checks below each other, steps beside each other."""
    made = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False, header_style="bold")
    made.add_column("claim", no_wrap=True, width=22)
    made.add_column("in", no_wrap=True, width=11, style="bright_black")
    for step in run.steps:
        made.add_column(f"{step:02}\n{SHORT.get(step) or TITLES.get(step, '')}", no_wrap=True, width=COLUMN)
    since = 0
    for check in checks:
        if check.since != since:
            since = check.since
            made.add_row(Text(title(since), "bold cyan"))
        row = run.row(check.id)
        unit = unit_of(list(row.values()))
        cells = [_figure(row[step], unit, expected) for step in run.steps]
        made.add_row(check.id, unit, *cells)
    return made


def _figure(cell: Cell, unit: str, expected: Expectations) -> Text:
    text = sign(cell, expected)
    if cell.figure is not None and cell.unit == unit:
        text.append(f" {short(cell.figure)}", COLOURS[cell.verdict].removeprefix("bold "))
    return text


def sign(cell: Cell, expected: Expectations) -> Text:
    """A verdict's sign; a ! behind it says that another was expected."""
    if cell.verdict is expected.cell(cell.check, cell.step):
        return Text(SIGNS[cell.verdict], COLOURS[cell.verdict])
    return Text(f"{SIGNS[cell.verdict]}!", "bold black on yellow")


def unit_of(cells: Sequence[Cell]) -> str:
    """The unit that stands for the row: the one that the kept cells have, if any has."""
    units = [cell.unit for cell in cells if cell.unit]
    kept = [cell.unit for cell in cells if cell.unit and cell.verdict is Verdict.KEPT]
    return mode(kept or units or [""])


def short(figure: float) -> str:
    """A figure in as few characters as say enough: `15.4`, `120`, `12.8k`."""
    for size, letter in ((1e6, "M"), (1e4, "k")):
        if abs(figure) >= size:
            return f"{figure / (1e6 if letter == 'M' else 1e3):.1f}".removesuffix(".0") + letter
    return full(figure)


def full(figure: float) -> str:
    """A figure with all its digits that mean something."""
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:,.1f}".removesuffix(".0")


def summary(run: Run, unexpected: Sequence[Cell]) -> Text:
    """One line below the table."""
    counts = {verdict: sum(cell.verdict is verdict for cell in run.cells) for verdict in SIGNS}
    words = [f"{count} {verdict}" for verdict, count in counts.items() if count]
    minutes, seconds = divmod(round(run.seconds), 60)
    line = Text(f"{len(run.cells)} cells in {minutes} min {seconds:02} s: {', '.join(words)}; ")
    if unexpected:
        return line.append(f"{len(unexpected)} not as expected.", "bold red")
    return line.append("all as expected.", "bold green")


def differences(unexpected: Sequence[Cell], expected: Expectations) -> list[RenderableType]:
    """What came out otherwise."""
    return [Text(difference(cell, expected), "red") for cell in unexpected]


def difference(cell: Cell, expected: Expectations) -> str:
    """`silent-crowd at 04: expected ✗ broken, found ✓ kept: <evidence>`."""
    wanted = expected.cell(cell.check, cell.step)
    return (
        f"{cell.check} at {title(cell.step)}: expected {SIGNS[wanted]} {wanted}, "
        f"found {SIGNS[cell.verdict]} {cell.verdict} ({cell.says})"
    )
