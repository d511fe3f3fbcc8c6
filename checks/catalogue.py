"""The list of all checks: at a terminal, and as the table in `docs/checks.md`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from checks.claim import Check
from checks.ladder import title
from checks.matrix import record
from checks.matrix.table import Screen
from checks.registry import every_check

DOCUMENT = Path("docs/checks.md")
BEGIN = "<!-- The table of checks: written by `.venv/bin/python -m checks list --write`. -->"
END = "<!-- The end of the table of checks. -->"


class NoPlace(Exception):
    """The document has no place for the table."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command line."""
    parser.add_argument("--write", action="store_true", help=f"write the table into {DOCUMENT}")


def main(arguments: argparse.Namespace) -> int:
    """Print the list, or write it."""
    if not arguments.write:
        Screen().print(table(every_check()))
        return 0
    try:
        record.write(DOCUMENT, rewritten(DOCUMENT.read_text(encoding="utf-8"), every_check()))
    except (NoPlace, OSError) as error:
        print(f"{DOCUMENT}: {error}", file=sys.stderr)
        return 1
    print(f"{len(every_check())} checks written to {DOCUMENT}")
    return 0


def table(checks: Sequence[Check]) -> Table:
    """For a terminal."""
    made = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    made.add_column("check", no_wrap=True)
    made.add_column("question", ratio=3)
    made.add_column("rests on", ratio=2, style="bright_black")
    for since, group in groupby(checks, key=lambda check: check.since):
        made.add_row(Text(f"since {title(since)}", "bold cyan"))
        for check in group:
            made.add_row(Text(check.id), Text(check.question), Text(check.specification))
    return made


def markdown(checks: Sequence[Check]) -> str:
    """For the document."""
    return "\n".join(_lines(checks)) + "\n"


def _lines(checks: Sequence[Check]) -> Iterator[str]:
    yield "| Since | Check | Question | Rests on |"
    yield "|---|---|---|---|"
    for since, group in groupby(checks, key=lambda check: check.since):
        for place, check in enumerate(group):
            first = title(since) if place == 0 else ""
            yield f"| {first} | `{check.id}` | {_cell(check.question)} | {_cell(check.specification)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def rewritten(text: str, checks: Sequence[Check]) -> str:
    """The document's text with the table as it is now."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoPlace(f"it lacks the line {BEGIN if not begin else END}")
    return f"{before}{BEGIN}\n\n{markdown(checks)}\n{END}{after}"
