"""`docs/beyond-one-machine.md` and its charts, written whole from a template and the last results."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from checks.matrix.record import write
from cluster.trial.events import Event
from cluster.trial.run import Result
from trials.chart import chart
from trials.traffic import SLICE

DOCUMENT = Path("docs/beyond-one-machine.md")
FOLDER = Path("docs/beyond-one-machine")
RESULTS = FOLDER / "results.json"
TEMPLATE = Path(__file__).parent / "beyond-one-machine.md.template"
HEAD = (
    "| Event | GETs | Failed: a client that never tries again | Failed: a client that tries the next node | "
    "Healed after | 99 % within | POSTs confirmed | Twice | Lost |\n|---|---|---|---|---|---|---|---|---|\n"
)


def load_results() -> dict[str, Result]:
    """The last ones, by event."""
    try:
        stored = json.loads(RESULTS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: Result(**values) for name, values in stored.items()}


def save(results: Mapping[str, Result], events: Sequence[Event]) -> list[Path]:
    """Write the results, the document and the charts; what was written."""
    ordered = {event.id: results[event.id] for event in events if event.id in results}
    plain = {name: asdict(one) for name, one in ordered.items()}
    write(RESULTS, json.dumps(plain, ensure_ascii=False) + "\n")
    charts = []
    for event in events:
        if one := ordered.get(event.id):
            charts.append(FOLDER / f"{event.id}.svg")
            write(charts[-1], chart(event.title, one.slices, one.spans, SLICE))
    write(DOCUMENT, text(ordered, events))
    return [DOCUMENT, RESULTS, *charts]


def text(results: Mapping[str, Result], events: Sequence[Event]) -> str:
    """The whole document."""
    shown = [(event, results[event.id]) for event in events if event.id in results]
    table = HEAD + "\n".join(_row(event, one) for event, one in shown)
    sections = "\n".join(_section(event, one) for event, one in shown)
    template = TEMPLATE.read_text(encoding="utf-8")
    return template.replace("{table}", table).replace("{events}", sections)


def _row(event: Event, one: Result) -> str:
    counts = f"{one.sent:,} | **{one.failed:,}** | **{one.lost:,}** | {one.healed:.0f} s | {one.slow} ms"
    writer = f"{one.posts.get('303', 0)} | {one.twice} | {one.missing}"
    return f"| [{event.title}](#{event.id}) | {counts} | {writer} |"


def _section(event: Event, one: Result) -> str:
    failed = _counts(one.failures)
    lines = [f"### {event.id}\n\n**{event.title}.** {event.about}"]
    lines.append(
        f"\n![{event.title}: answered and failed GETs over time](beyond-one-machine/{event.id}.svg)\n"
    )
    lines.append(
        f"- First tries that failed, of {one.sent:,}: {failed}. Slowest answer: {one.slowest:.1f} s."
    )
    if one.failing:
        lines.append(f"- Between the first of them and the last: {one.failing:.0f} s.")
    if one.again:
        lines.append(f"- Second tries, at another node: {_counts(one.again)}.")
    lines.append(f"- The answers to whoever signed the guest book: {_counts(one.posts)}.")
    lines += [f"- {fact}" for fact in one.facts]
    rest = "; ".join(f"{name} {value}" for name, value in one.machine.items() if name != "cores")
    machine = f"a machine with {one.machine.get('cores', '?')} cores ({rest})"
    lines.append(f"- Measured on {one.date}, in {one.seconds:.0f} s, on {machine}.")
    return "\n".join(lines) + "\n"


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} × {what}" for what, number in sorted(counted.items())) or "none"
