"""What a learner has reached: the judgement over a run, and what was remembered of the last one."""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from checks.claim import Check, Verdict
from checks.runner import Outcome


def is_miss(outcome: Outcome) -> bool:
    """Whether it counts against the server. Absent does: every check that is asked is of a step reached."""
    return outcome.verdict in (Verdict.BROKEN, Verdict.ABSENT)


def ends_one_of_several(check: Check) -> bool:
    """Whether it ends a single process of a site that has several: of a command we know only the whole."""
    return check.since >= 7 and check.power in ("kill", "restart", "freeze")


def with_mend(outcome: Outcome, can: frozenset[str]) -> Outcome:
    """Say to whom a check was skipped for a lacking power what to do about it."""
    power = outcome.check.power
    if outcome.verdict is not Verdict.SKIPPED or not power or power in can:
        return outcome
    mend = "give CMD= instead of URL="
    if power == "renew" or ends_one_of_several(outcome.check):
        mend = "only the course's own steps do"
    evidence = replace(outcome.evidence, says=f"{outcome.evidence.says}: {mend}")
    return replace(outcome, evidence=evidence)


@dataclass(frozen=True)
class Score:
    """How many of those that could be asked are kept."""

    kept: int
    missed: int
    skipped: int

    @property
    def asked(self) -> int:
        """Skipped checks count neither way."""
        return self.kept + self.missed

    @property
    def status(self) -> int:
        """The exit status: 0 if there was no miss."""
        return 1 if self.missed else 0

    def __str__(self) -> str:
        return f"{self.kept} of {self.asked}"


def score(outcomes: Sequence[Outcome]) -> Score:
    """Count."""
    missed = sum(is_miss(outcome) for outcome in outcomes)
    skipped = sum(outcome.verdict is Verdict.SKIPPED for outcome in outcomes)
    return Score(len(outcomes) - missed - skipped, missed, skipped)


@dataclass(frozen=True)
class Memory:
    """What is remembered of a step: the last score, whose it was, and the last verdict of each check."""

    target: str
    score: str
    kept: Mapping[str, bool]  # a check that was skipped keeps what it had


@dataclass(frozen=True)
class Change:
    """What is different from the last time."""

    newly_kept: tuple[str, ...]
    lost_again: tuple[str, ...]


def compare(before: Memory, outcomes: Sequence[Outcome]) -> Change:
    """What this run changed. A check that is new to the course is no news of the learner."""
    known = [outcome for outcome in outcomes if outcome.check.id in before.kept]
    return Change(
        tuple(one.check.id for one in known if _is_kept(one) and not before.kept[one.check.id]),
        tuple(one.check.id for one in known if is_miss(one) and before.kept[one.check.id]),
    )


def remember(before: Memory | None, target: str, outcomes: Sequence[Outcome]) -> Memory:
    """What to remember after this run."""
    old = before.kept if before else {}
    now = {one.check.id: _is_kept(one) for one in outcomes if one.verdict is not Verdict.SKIPPED}
    return Memory(target, str(score(outcomes)), {**old, **now})


def _is_kept(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.KEPT


# ---- the file


def file_of(folder: Path, step: int) -> Path:
    """Where a step's memory is."""
    return folder / f"step{step:02}.json"


def load(file: Path) -> Memory | None:
    """What is remembered; None if nothing is, or nothing that makes sense."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
        kept = {str(name): value is True for name, value in found["kept"].items()}
        return Memory(str(found["target"]), str(found["score"]), kept)
    return None


def save(file: Path, memory: Memory) -> None:
    """Write it so that a reader sees the old or the new, never half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"target": memory.target, "score": memory.score, "kept": dict(memory.kept)}
    with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as draft:
        json.dump(content, draft, indent=1)
    os.replace(draft.name, file)
