"""`docs/survival.md` and its charts, written whole from the last results."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from checks.machine import in_words
from trials.event import Event
from trials.events import EVENTS
from trials.record import counts, load_results, save
from trials.run import Result

DOCUMENT = Path("docs/survival.md")
FOLDER = Path("docs/survival")
TEMPLATE = Path(__file__).parent / "templates" / "survival.md"


def keep(results: Mapping[str, Result]) -> list[Path]:
    """Write these results among the last ones, the document and the charts; what was written."""
    return save(DOCUMENT, FOLDER, {**load_results(FOLDER, Result), **results}, EVENTS, text)


def text(shown: Sequence[tuple[Event, Result]]) -> str:
    """The whole document."""
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
    gets = f"GETs: {one.sent:,}, on {one.new_connections:,} connections"
    lines.append(f"- GETs that failed: {counts(one.failures)}. {gets}.")
    if one.again:
        lines.append(f"- Asked again after a broken connection: {counts(one.again)}.")
    lines.append(f"- The writer's answers: {counts(one.posts)}.")
    lines += [f"- {fact}" for fact in one.facts]
    lines.append(f"- Measured on {one.date}, in {one.seconds:.0f} seconds, on {in_words(one.machine)}.")
    return "\n".join(lines) + "\n"
