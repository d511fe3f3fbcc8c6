"""The why-matrix as one self-contained page: nothing is fetched, and without a script it is a table still."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from checks.claim import Check, Verdict
from checks.expectations import Expectations
from checks.ladder import TITLES, title
from checks.matrix.record import Cell, Run
from checks.matrix.table import full, short
from checks.report import SIGNS

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class Row:
    """A claim and its cells."""

    check: Check
    cells: tuple[Cell, ...]
    reason: str


def page(run: Run, checks: Sequence[Check], expected: Expectations) -> str:
    """The whole page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"title": title, "full": full, "short": short, "coded": coded}
    rows = [Row(check, _cells(run, check), expected.reasons.get(check.id, "")) for check in checks]
    groups = [(since, list(group)) for since, group in groupby(rows, key=lambda row: row.check.since)]
    counts = {verdict.value: sum(cell.verdict is verdict for cell in run.cells) for verdict in Verdict}
    return environment.get_template("why-matrix.html").render(
        run=run, groups=groups, titles=TITLES, signs=SIGNS, counts=counts, checks=checks
    )


def coded(words: str) -> Markup:
    """`code` in words as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(words))))


def _cells(run: Run, check: Check) -> tuple[Cell, ...]:
    row = run.row(check.id)
    return tuple(row[step] for step in run.steps)
