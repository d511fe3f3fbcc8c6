"""`docs/abuse.md`, written whole from the last results."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from checks.machine import in_words
from checks.matrix.record import write
from trials.abuse_case import Case, Finding

DOCUMENT = Path("docs/abuse.md")
RESULTS = Path("docs/abuse.json")
TEMPLATE = Path(__file__).parent / "templates" / "abuse.md"


@dataclass
class Result:
    """What came of a case at the steps; plain values that JSON can hold."""

    case: str
    date: str
    machine: dict[str, str]
    findings: dict[str, dict[str, Any]]  # by step

    def finding(self, step: str) -> Finding:
        """What was found there."""
        return Finding(**self.findings[step])

    @property
    def misses(self) -> list[str]:
        """At all steps."""
        return [f"{step}: {miss}" for step, one in self.findings.items() for miss in one["misses"]]


def load_results() -> dict[str, Result]:
    """The last ones, by case."""
    try:
        return {name: Result(**one) for name, one in json.loads(RESULTS.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError):
        return {}


def save(results: Mapping[str, Result], cases: Sequence[Case]) -> None:
    """Write the results and the document."""
    ordered = {case.id: results[case.id] for case in cases if case.id in results}
    values = {name: asdict(one) for name, one in ordered.items()}
    write(RESULTS, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
    write(DOCUMENT, text(ordered, cases))


def text(results: Mapping[str, Result], cases: Sequence[Case]) -> str:
    """The whole document."""
    shown = [(case, results[case.id]) for case in cases if case.id in results]
    rows = ["| Case | Step 05 | Step 06 | Step 07 |", "|---|---|---|---|"]
    rows += [f"| [{case.title}](#{case.id}) | {' | '.join(_cells(one))} |" for case, one in shown]
    template = TEMPLATE.read_text(encoding="utf-8")
    sections = "".join(_section(case, one) for case, one in shown)
    return template.replace("{table}", "\n".join(rows)).replace("{cases}", sections)


def _cells(one: Result) -> list[str]:
    cells = []
    for step in ("step05", "step06", "step07"):
        if step not in one.findings:
            cells.append("–")
            continue
        found = one.finding(step)
        figure = f" {found.figure:g} ms" if found.figure is not None else ""
        cells.append(f"{'✗' if found.misses else '✓'}{figure}")
    return cells


def _section(case: Case, one: Result) -> str:
    lines = [f"\n## {case.id}\n\n**{case.title}.** {case.about}", ""]
    lines += [f"- Step {step[-2:]}: {one.finding(step).says}." for step in one.findings]
    lines.append(f"- Measured on {one.date}, on {in_words(one.machine)}.")
    return "\n".join(lines) + "\n"
