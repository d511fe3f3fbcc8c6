"""`docs/survival.md` and its charts, written whole from the last results."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from checks.matrix.record import write
from trials.chart import chart
from trials.event import Event
from trials.run import Result, result_from
from trials.traffic import SLICE

DOCUMENT = Path("docs/survival.md")
FOLDER = Path("docs/survival")
RESULTS = FOLDER / "results.json"
TEMPLATE = Path(__file__).parent / "templates" / "survival.md"


def load_results() -> dict[str, Result]:
    """The last ones, by event."""
    try:
        stored = json.loads(RESULTS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: result_from(values) for name, values in stored.items()}


def save(results: Mapping[str, Result], events: Sequence[Event]) -> list[Path]:
    """Write the results, the document and the charts; what was written."""
    ordered = {event.id: results[event.id] for event in events if event.id in results}
    write(
        RESULTS, json.dumps({name: asdict(one) for name, one in ordered.items()}, ensure_ascii=False) + "\n"
    )
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
    template = TEMPLATE.read_text(encoding="utf-8")
    sections = "".join(_section(event, one) for event, one in shown)
    return template.replace("{table}", _table(shown)).replace("{events}", sections)


def _table(shown: Sequence[tuple[Event, Result]]) -> str:
    rows = [
        "| Event | May fail | GETs | By an app | **Failed** | Half within | 99 % within | Slowest | "
        "POSTs confirmed"
        " | Twice | Lost |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for event, one in shown:
        may = ", ".join(sorted(event.allowed)) or "none"
        rows.append(
            f"| [{event.title}](#{event.id}) | {may} | {one.sent:,} | {one.by_apps:,} | **{one.failed:,}** | "
            f"{one.median} ms | {one.slow} ms | {one.slowest:.1f} s | {one.posts.get('303', 0)} | "
            f"{one.twice} | "
            f"{one.missing} |"
        )
    return "\n".join(rows)


def _section(event: Event, one: Result) -> str:
    lines = [f"\n### {event.id}\n\n**{event.title}.** {event.about}"]
    lines.append(f"\n![{event.title}: answered and failed GETs over time](survival/{event.id}.svg)\n")
    counts = ", ".join(f"{number:,} × {what}" for what, number in sorted(one.failures.items())) or "none"
    posts = ", ".join(f"{number} × {what}" for what, number in sorted(one.posts.items()))
    lines.append(f"- GETs that failed: {counts}. GETs: {one.sent:,}, on {one.new_connections:,} connections.")
    if one.again:
        tries = ", ".join(f"{number:,} × {what}" for what, number in sorted(one.again.items()))
        lines.append(f"- Asked again after a broken connection: {tries}.")
    lines.append(f"- The writer's answers: {posts}.")
    lines += [f"- {fact}" for fact in one.facts]
    lines.append(f"- Measured on {one.date}, in {one.seconds:.0f} seconds, on {_machine(one.machine)}.")
    return "\n".join(lines) + "\n"


def _machine(machine: Mapping[str, str]) -> str:
    rest = "; ".join(f"{name} {value}" for name, value in machine.items() if name != "cores")
    return f"a machine with {machine.get('cores', '?')} cores ({rest})"
