"""What a run of the matrix found: plain values that JSON can hold. The tables and pages are made from it.

It is to be read elsewhere. So it names the ports and folders of `make up` where the run had free ports and a
scratch folder, and no name of the machine.
"""

import json
import re
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from checks.claim import Culprit, Moment, Verdict
from checks.report import escaped, pointed, printable, summary
from checks.runner import Outcome
from checks.target import Target

FIRST_MOMENTS, LAST_MOMENTS, MOMENT_BYTES, ROW = 3, 5, 180, 68


@dataclass(frozen=True)
class Cell:
    """One check at one step."""

    check: str
    step: int
    verdict: Verdict
    says: str
    figure: float | None
    unit: str
    hint: str
    whose: str  # whose bytes decided: "we sent", "the site answered"
    bytes: tuple[tuple[str, str], ...]  # rows of them, escaped, with the carets below
    timeline: tuple[tuple[float, str, str], ...]
    seconds: float
    command: str


@dataclass(frozen=True)
class Run:
    """A run of the matrix."""

    date: str
    machine: dict[str, str]
    seconds: float
    cells: tuple[Cell, ...]

    @property
    def steps(self) -> list[int]:
        """The steps that were asked."""
        return sorted({cell.step for cell in self.cells})

    def row(self, check: str) -> dict[int, Cell]:
        """That check's cells, by step."""
        return {cell.step: cell for cell in self.cells if cell.check == check}


def to_json(run: Run) -> str:
    """The run as JSON."""
    return json.dumps(asdict(run), indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> Run:
    """The run that was written."""
    run = json.loads(text)
    return Run(run["date"], run["machine"], run["seconds"], tuple(_cell(**cell) for cell in run["cells"]))


def _cell(**values: Any) -> Cell:
    values["verdict"] = Verdict(values["verdict"])
    values["bytes"] = tuple((row, carets) for row, carets in values["bytes"])
    values["timeline"] = tuple((seconds, what, data) for seconds, what, data in values["timeline"])
    return Cell(**values)


def cell_of(outcome: Outcome, step: int, target: Target) -> Cell:
    """What stays of an outcome."""
    elsewhere = portable(step, target)
    evidence = outcome.evidence
    return Cell(
        check=outcome.check.id,
        step=step,
        verdict=evidence.verdict,
        says=elsewhere(summary(evidence)),
        figure=evidence.figure,
        unit=evidence.unit,
        hint=outcome.hint,
        whose=evidence.culprit.whose if evidence.culprit else "",
        bytes=_rows(evidence.culprit, elsewhere) if evidence.culprit else (),
        timeline=_moments(outcome.timeline, elsewhere),
        seconds=round(outcome.seconds, 3),
        command=elsewhere(outcome.command),
    )


def portable(step: int, target: Target) -> Callable[[str], str]:
    """How words of this machine's run are said elsewhere."""
    words = {str(target.http.port): str(8000 + step)} if target.http else {}
    words |= {str(target.https.port): str(8440 + step)} if target.https else {}
    if target.authority:
        words[str(target.authority.parent.parent)] = "run"
    words |= {name: "this-host" for name in {socket.gethostname()} - {"", "localhost"}}
    pattern = re.compile("|".join(rf"(?<![\w.]){re.escape(word)}(?![\w])" for word in words))
    return lambda text: pattern.sub(lambda match: words[match[0]], text)


def _rows(culprit: Culprit, elsewhere: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    # A port of another length would move the bytes away from their carets: those stay as they were.
    rows = pointed(culprit, ROW)
    return tuple((elsewhere(row) if len(elsewhere(row)) == len(row) else row, carets) for row, carets in rows)


def _moments(
    timeline: tuple[Moment, ...], elsewhere: Callable[[str], str]
) -> tuple[tuple[float, str, str], ...]:
    shown = list(timeline)
    if len(shown) > FIRST_MOMENTS + LAST_MOMENTS:
        left_out = len(shown) - FIRST_MOMENTS - LAST_MOMENTS
        gap = Moment(shown[FIRST_MOMENTS].seconds, f"… {left_out} more …")
        shown = [*shown[:FIRST_MOMENTS], gap, *shown[-LAST_MOMENTS:]]
    return tuple(
        (round(one.seconds, 3), elsewhere(printable(one.what)), elsewhere(_beginning(one.data)))
        for one in shown
    )


def _beginning(data: bytes) -> str:
    return escaped(data[:MOMENT_BYTES]) + ("…" if len(data) > MOMENT_BYTES else "")


def write(path: Path, text: str) -> None:
    """Put the text into the file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
