"""The last results of events, kept as JSON beside their charts, and the document written from them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, TypeVar

from checks.matrix.record import write
from trials.chart import chart
from trials.outcome import Outcome
from trials.traffic import SLICE


class Named(Protocol):
    """What has a name and a title: an event, a case."""

    @property
    def id(self) -> str:
        """For the command line."""

    @property
    def title(self) -> str:
        """For people."""


N = TypeVar("N", bound=Named)
R = TypeVar("R", bound=Outcome)
FILE = "results.json"


def chosen(words: str, known: Sequence[N]) -> list[N]:
    """Those that the words name, all if they name none. LookupError: the first that there is not."""
    names = {one.id: one for one in known}
    asked = words.replace(",", " ").split()
    for name in asked:
        if name not in names:
            raise LookupError(f"there is no EVENT={name}; there are {' '.join(names)}")
    return [names[name] for name in asked] or list(known)


def load_results(folder: Path, kind: type[R]) -> dict[str, R]:
    """The last ones, by event."""
    try:
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: kind(**values) for name, values in stored.items()}


def save(
    document: Path,
    folder: Path,
    results: Mapping[str, R],
    events: Sequence[N],
    text: Callable[[Sequence[tuple[N, R]]], str],
) -> list[Path]:
    """Write the results, the document and the charts; what was written."""
    shown = [(event, results[event.id]) for event in events if event.id in results]
    plain = {event.id: asdict(one) for event, one in shown}
    write(folder / FILE, json.dumps(plain, ensure_ascii=False) + "\n")
    charts = []
    for event, one in shown:
        charts.append(folder / f"{event.id}.svg")
        write(charts[-1], chart(event.title, one.slices, one.spans, SLICE))
    write(document, text(shown))
    return [document, folder / FILE, *charts]


def counts(counted: Mapping[str, int]) -> str:
    """How often what was met, as a list."""
    return ", ".join(f"{number:,} × {what}" for what, number in sorted(counted.items())) or "none"
