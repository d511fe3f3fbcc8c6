"""What was measured, as plain values that are kept as JSON; and the arithmetic on them."""

import json
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.stack.plan import Kind, Row


@dataclass(frozen=True)
class Figure:
    """One deployment under load for some seconds; `cpu` are the seconds of all its processes."""

    step: str
    row: str
    crowd: bool
    round: int
    answers: int
    failed: int
    seconds: float
    cpu: float
    p99: float  # ms

    @property
    def rate(self) -> float:
        """Requests for each second of the processor; 0 if nothing was answered."""
        return self.answers / self.cpu if self.answers and self.cpu > 0 else 0.0


@dataclass(frozen=True)
class Backend:
    """Step 07 with some of its apps, on two cores: answers for each second of the clock."""

    name: str
    row: str
    round: int
    per_second: float


@dataclass
class Results:
    """All figures of one run, and where they were taken."""

    about: dict[str, str] = field(default_factory=dict)
    rounds: int = 0
    seconds: float = 0.0
    quotable: bool = True  # whether this nginx's speed may be called nginx's
    figures: list[Figure] = field(default_factory=list)
    backends: list[Backend] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)  # the work of two bare loops, as times that of one
    left_out: dict[str, str] = field(default_factory=dict)

    def of(self, kind: Kind, row: Row, crowd: bool) -> list[Figure]:
        """The figures of one cell, a figure a round."""
        wanted = (kind.step, row.id, crowd)
        return [one for one in self.figures if (one.step, one.row, one.crowd) == wanted]

    def middle(self, kind: Kind, row: Row, crowd: bool, what: Callable[[Figure], float]) -> float | None:
        """The median of the rounds; None if nothing was measured."""
        found = self.of(kind, row, crowd)
        return statistics.median(map(what, found)) if found else None

    def ratios(self, kind: Kind, other: Kind, row: Row, crowd: bool) -> list[float]:
        """How many times the other's rate, round by round, from the lowest to the highest.

        Nothing divided by nothing says nothing; something divided by nothing is without end.
        """
        theirs = {one.round: one.rate for one in self.of(other, row, crowd)}
        pairs = [(one.rate, theirs[one.round]) for one in self.of(kind, row, crowd) if one.round in theirs]
        return sorted(mine / base if base else float("inf") for mine, base in pairs if mine or base)

    def slowdowns(self, kind: Kind, row: Row) -> list[float]:
        """How many times as long the p99 is with slow clients as without, round by round."""
        without = {one.round: one.p99 for one in self.of(kind, row, False)}
        pairs = [(one, without.get(one.round)) for one in self.of(kind, row, True)]
        return sorted(one.p99 / base if one.answers else float("inf") for one, base in pairs if base)

    def gains(self, few: str, many: str, row: Row) -> list[float]:
        """How many times as many answers with those backends as with these, round by round."""
        rates = {(one.name, one.round): one.per_second for one in self.backends if one.row == row.id}
        rounds = sorted({number for name, number in rates if name == few and (many, number) in rates})
        return sorted(rates[many, number] / rates[few, number] for number in rounds if rates[few, number])

    def save(self, path: Path) -> None:
        """Keep them, a figure a line."""
        whole = asdict(self)
        lists = {name: whole.pop(name) for name in ("figures", "backends")}
        text = json.dumps(whole, indent=1)[:-2]
        for name, values in lists.items():
            text += f',\n "{name}": [\n  ' + ",\n  ".join(json.dumps(one) for one in values) + "\n ]"
        path.write_text(text + "\n}\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Results":
        """Read what `save` kept."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept["figures"] = [Figure(**one) for one in kept["figures"]]
        kept["backends"] = [Backend(**one) for one in kept["backends"]]
        return cls(**kept)
