"""What is expected of every check at every step: `expected.toml`, read and judged.

A cell may depart from the rule (kept from its step on, broken just below it, not kept before), but not in
silence: a departure without a reason is an error, and so is a reason without a departure.
"""

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from checks.claim import Check, Verdict
from checks.registry import every_check

FILE = Path(__file__).with_name("expected.toml")
IN_CONTAINERS = Path(__file__).with_name("expected_in_containers.toml")
STEPS = range(1, 8)
SIGNS = {"✓": Verdict.KEPT, "✗": Verdict.BROKEN, "–": Verdict.ABSENT}
SIGNS_IN_CONTAINERS = {**SIGNS, "○": Verdict.SKIPPED}
Row = tuple[Verdict, ...]


class WrongExpectations(Exception):
    """What is wrong in the table, a line for each trouble."""


@dataclass(frozen=True)
class Expectations:
    """The table. A row has a verdict for each step, 01 first."""

    rows: Mapping[str, Row]
    reasons: Mapping[str, str]

    def cell(self, check: str, step: int) -> Verdict:
        """What that check is to find at that step."""
        return self.rows[check][step - 1]

    def agrees(self, check: str, step: int, found: Verdict) -> bool:
        """Whether that was expected. Off Linux a check may be skipped, for want of a second address."""
        lacking = found is Verdict.SKIPPED and sys.platform != "linux"
        return lacking or found is self.cell(check, step)

    def mended_above(self, step: int) -> list[str]:
        """The checks that this step breaks and the next one keeps."""
        if step >= STEPS[-1]:
            return []
        return [name for name, row in self.rows.items() if row[step - 1 : step + 1] == BREAK]

    def broken_at(self, step: int) -> list[str]:
        """The checks that this step breaks."""
        return [name for name in self.rows if self.cell(name, step) is Verdict.BROKEN]


BREAK = (Verdict.BROKEN, Verdict.KEPT)


def load(path: Path = FILE, checks: Iterable[Check] | None = None) -> Expectations:
    """The table as it stands in the file; WrongExpectations if it does not fit the checks."""
    return read(path.read_text(encoding="utf-8"), every_check() if checks is None else checks)


def expected_in(place: str) -> Expectations:
    """The table for the place where the steps run: a name of `checks.matrix.places`."""
    return in_containers(load()) if place == "containers" else load()


def in_containers(native: Expectations, text: str | None = None) -> Expectations:
    """The native table, but for the rows that a second file gives; each of them says why."""
    given = tomllib.loads(IN_CONTAINERS.read_text(encoding="utf-8") if text is None else text)
    rows, reasons = dict(native.rows), dict(native.reasons)
    for name, departure in given.items():
        row = tuple(SIGNS_IN_CONTAINERS[sign] for sign in departure["row"].split())
        if name not in rows or len(row) != len(STEPS) or row == rows[name] or not departure["why"].strip():
            raise WrongExpectations(f"{IN_CONTAINERS.name}: {name} needs a row that departs, and the reason")
        rows[name], reasons[name] = row, departure["why"]
    return Expectations(rows, reasons)


def read(text: str, checks: Iterable[Check]) -> Expectations:
    """The table from its text."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongExpectations(f"expected.toml is no TOML: {error}") from error
    reasons = tables.pop("reasons", {})
    signs = {name: (table, row) for table, rows in tables.items() for name, row in rows.items()}
    known = {check.id: check for check in checks}
    troubles = [*_misplaced(signs, known), *_unexplained(signs, reasons, known)]
    if troubles:
        raise WrongExpectations("\n".join(f"expected.toml: {trouble}" for trouble in troubles))
    return Expectations({name: verdicts(signs[name][1]) for name in known}, reasons)


def verdicts(signs: str) -> Row:
    """A row from its signs; KeyError at any other sign."""
    return tuple(SIGNS[sign] for sign in signs.split())


def departures(since: int, row: Row) -> list[str]:
    """In what the row departs from the rule, in a few words each."""
    below, above = row[: since - 1], row[since - 1 :]
    kept = [step for step, verdict in enumerate(below, 1) if verdict is Verdict.KEPT]
    lost = [step for step, verdict in enumerate(above, since) if verdict is not Verdict.KEPT]
    found = [f"kept already at {step:02}" for step in kept]
    if below and below[-1] is Verdict.ABSENT:
        found.append(f"absent just below, at {since - 1:02}")
    return [*found, *(f"{row[step - 1]} at {step:02}, though of step {since:02}" for step in lost)]


def _misplaced(signs: Mapping[str, tuple[str, str]], known: Mapping[str, Check]) -> Iterator[str]:
    for name in known.keys() - signs.keys():
        yield f"{name} has no row (add it under [step{known[name].since:02}])"
    for name, (table, row) in signs.items():
        if name not in known:
            yield f"there is no check {name}"
        elif table != f"step{known[name].since:02}":
            yield f"{name} stands under [{table}], but its module below step{known[name].since:02}/"
        if len(row.split()) != len(STEPS) or set(row.split()) - SIGNS.keys():
            yield f"{name} needs {len(STEPS)} signs, each one of {' '.join(SIGNS)}: {row!r}"


def _unexplained(
    signs: Mapping[str, tuple[str, str]], reasons: Mapping[str, str], known: Mapping[str, Check]
) -> Iterator[str]:
    for name in reasons.keys() - signs.keys():
        yield f"[reasons] names {name}, which has no row"
    for name in signs.keys() & known.keys():
        row = signs[name][1]
        if set(row.split()) - SIGNS.keys():
            continue
        found = departures(known[name].since, verdicts(row))
        if found and not reasons.get(name, "").strip():
            yield f"{name} departs from the rule without a reason under [reasons]: {'; '.join(found)}"
        if not found and name in reasons:
            yield f"{name} keeps the rule, so it needs no reason"
