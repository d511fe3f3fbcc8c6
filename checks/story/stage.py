"""How a story looks on the wall: 100 columns, large contrasts, two steps beside each other."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rich.box import HEAVY, ROUNDED
from rich.console import Console, Group, RenderableType
from rich.control import Control
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from checks.claim import Moment, Verdict
from checks.ladder import title
from checks.matrix.table import full
from checks.report import SIGNS, escaped, fold_command, pointed, printable, summary
from checks.runner import Outcome
from checks.site import NOTED_BYTES

HALF = 45  # columns within a panel, at most
FIRST, LAST = 2, 4  # moments that are shown: all of an act is to fit a screen of 30 lines
ARROWS = {"sent": "→", "received": "←"}
STYLES = {
    Verdict.KEPT: "bold white on green4",
    Verdict.BROKEN: "bold white on red3",
    Verdict.ABSENT: "bold black on yellow",
    Verdict.SKIPPED: "bold black on cyan",
}
BORDERS = {Verdict.KEPT: "green", Verdict.BROKEN: "red", Verdict.ABSENT: "yellow", Verdict.SKIPPED: "cyan"}


@dataclass
class Side:
    """One step during an act: what has happened so far, and in the end what came out."""

    step: int
    moments: list[Moment] = field(default_factory=list)
    outcome: Outcome | None = None

    @property
    def verdict(self) -> Verdict | None:
        """What came out, when it has."""
        return self.outcome.verdict if self.outcome else None


def sides(console: Console, left: Side, right: Side) -> Table:
    """Two panels of the same height."""
    half = min(HALF, console.width // 2 - 5)
    contents = [Group(*_story(left, half)), Group(*_story(right, half))]
    options = console.options.update(width=half)
    height = max(len(console.render_lines(content, options)) for content in contents) + 2
    grid = Table.grid(padding=(0, 1))
    grid.add_row(_panel(left, contents[0], half, height), _panel(right, contents[1], half, height))
    return grid


def _panel(side: Side, content: RenderableType, half: int, height: int) -> Panel:
    return Panel(
        content,
        title=f"[bold]step {escape(title(side.step))}[/]",
        title_align="left",
        box=HEAVY if side.verdict is Verdict.BROKEN else ROUNDED,
        border_style=BORDERS[side.verdict] if side.verdict else "bright_black",
        width=half + 4,
        height=height,
    )


def _story(side: Side, half: int) -> Iterator[RenderableType]:
    for moment in _chosen(side.moments):
        yield _moment(moment, half)
    if side.outcome is None:
        yield Text("…" if side.moments else "", "bright_black")
        return
    evidence = side.outcome.evidence
    if evidence.culprit:
        yield Text(f"{evidence.culprit.whose}:", "bright_black")
        for row, carets in _around_carets(pointed(evidence.culprit, half)):
            yield Text(row, "bold", no_wrap=True)
            if carets:
                yield Text(carets, "bold red", no_wrap=True)
    if side.moments or evidence.culprit:
        yield Text()
    verdict = Text(f" {SIGNS[evidence.verdict]} {evidence.verdict.upper()} ", STYLES[evidence.verdict])
    figure = f"  {full(evidence.figure)} {evidence.unit}" if evidence.figure is not None else ""
    yield Text.assemble(verdict, (figure, "bold"))
    yield Text(summary(evidence))


def _around_carets(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    place = next((place for place, (_, carets) in enumerate(rows) if carets), 0)
    return rows[max(0, place - 1) : place + 2]


def _chosen(moments: Sequence[Moment]) -> list[Moment]:
    """That a connection was made goes without saying where something is sent on it."""
    told = [one for one, after in pairwise([*moments, None]) if one and not _goes_without_saying(one, after)]
    if len(told) <= FIRST + LAST + 1:
        return told
    gap = Moment(told[FIRST].seconds, f"… {len(told) - FIRST - LAST} more")
    return [*told[:FIRST], gap, *told[-LAST:]]


def _goes_without_saying(moment: Moment, after: Moment | None) -> bool:
    return moment.what == "connected" and after is not None and after.what == "sent"


def _moment(moment: Moment, half: int) -> Text:
    line = Text(f"{moment.seconds:5.2f} s  ", "bright_black")
    if moment.data and moment.what in ARROWS:
        line.append(f"{ARROWS[moment.what]} ", "bold").append(_first_line(moment.data), "cyan")
    else:
        line.append(printable(moment.what), "default")
    line.truncate(half, overflow="ellipsis")
    return line


def _first_line(data: bytes) -> str:
    more = "+" if len(data) == NOTED_BYTES else ""  # no more was kept
    words = escaped(data[:200].split(b"\r\n", 1)[0])
    return (
        words
        if data.startswith(b"HTTP/1") or words.endswith("HTTP/1.1")
        else f"{len(data)}{more} bytes: {words}"
    )


# ---- around the two


def curtain(console: Console, words: str, question: str = "") -> None:
    """A fresh screen for what follows; what stood there stays above, to scroll back to."""
    if console.is_terminal:
        console.print("\n" * (console.height - 1))
        console.control(Control.home())
    console.print(Rule(Text(words, "bold cyan"), style="cyan", align="left"))
    if question:
        console.print(Padding(Text(question, "bold"), (1, 0, 0, 1)))
    console.print()


def paragraph(label: str, words: str, style: str = "") -> RenderableType:
    """A label, and words beside it."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=11, no_wrap=True)
    grid.add_column()
    grid.add_row(Text(label, "bold cyan"), Text(" ".join(words.split()), style))
    return Padding(grid, (0, 0, 0, 1))


def command(label: str, line: str, width: int) -> RenderableType:
    """A command as it can be copied."""
    rows = fold_command(line, width - 18)
    text = Text("\n".join(("$ " if place == 0 else "  ") + row for place, row in enumerate(rows)), "bold")
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=11, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, "bold cyan"), text)
    return Padding(grid, (0, 0, 0, 1))


def prose(docstring: str | None) -> str:
    """The words of a docstring as one paragraph."""
    return " ".join(textwrap.dedent(docstring or "").split())
