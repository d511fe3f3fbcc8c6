"""The why-matrix as a document: `docs/why-matrix.md`, written whole by every whole run."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from checks.claim import Check
from checks.expectations import Expectations
from checks.ladder import TITLES, title
from checks.machine import in_words
from checks.matrix.record import Cell, Run
from checks.matrix.table import full
from checks.report import SIGNS

HEAD = """\
# The why-matrix

Why is each layer of the stack there? Because without it something is broken that anybody can see. Each row
of the tables below is a claim about a running site; each column is a step of the course. All of it was
measured in one run, from outside, over the network.

| Sign | Means |
|---|---|
| ✓ | the step keeps the claim |
| ✗ | the step breaks it |
| – | the step has no such feature, so the claim says nothing about it |

A claim stands under the first step that keeps it from there on. Where a row departs from that, the reason
stands below its table. Run it yourself: `make matrix`. See the failures of a step as they happen:
`make break STEP=04`. What each cell rests on, the bytes and the command that shows the same by hand, is in
[the same matrix as a page](why-matrix.html). [All checks](checks.md) has the list.

"""


def markdown(run: Run, checks: Sequence[Check], expected: Expectations) -> str:
    """The whole document."""
    parts = [HEAD, _conditions(run)]
    for since, group in groupby(checks, key=lambda check: check.since):
        parts.append(f"\n## {title(since)}\n\n")
        parts.append("\n".join(_table(run, list(group), expected)) + "\n")
    return "".join(parts)


def _conditions(run: Run) -> str:
    return (
        f"Measured on {run.date}, in {run.seconds:.0f} seconds, on {in_words(run.machine)}. "
        "Figures of another machine differ; the signs must not.\n"
    )


def _table(run: Run, checks: Sequence[Check], expected: Expectations) -> Iterator[str]:
    yield f"| Claim | {' | '.join(f'{step:02} {TITLES[step]}' for step in run.steps)} |"
    yield "|---" * (len(run.steps) + 1) + "|"
    for check in checks:
        row = run.row(check.id)
        cells = " | ".join(_cell(row[step]) for step in run.steps)
        yield f"| {_plain(check.question)}<br>`{check.id}` | {cells} |"
    reasons = [check.id for check in checks if check.id in expected.reasons]
    if reasons:
        yield ""
    for name in reasons:
        yield f"- `{name}`: {' '.join(expected.reasons[name].split())}"


def _cell(cell: Cell) -> str:
    figure = f" {full(cell.figure)} {cell.unit}".rstrip() if cell.figure is not None else ""
    return f"{SIGNS[cell.verdict]}{figure}"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
