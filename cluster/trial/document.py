"""`docs/beyond-one-machine.md` and its charts, written whole from a template and the last results."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from checks.machine import in_words
from cluster.trial.events import EVENTS, Event
from cluster.trial.run import Result
from trials.record import counts, load_results, save

DOCUMENT = Path("docs/beyond-one-machine.md")
FOLDER = Path("docs/beyond-one-machine")
TEMPLATE = Path(__file__).parent / "beyond-one-machine.md.template"
HEAD = (
    "| Event | GETs | Failed: a client that never tries again | Failed: a client that tries the next node | "
    "Healed after | 99 % within | POSTs confirmed | Twice | Lost |\n|---|---|---|---|---|---|---|---|---|\n"
)


def keep(results: Mapping[str, Result]) -> list[Path]:
    """Write these results among the last ones, the document and the charts; what was written."""
    return save(DOCUMENT, FOLDER, {**load_results(FOLDER, Result), **results}, EVENTS, text)


def text(shown: Sequence[tuple[Event, Result]]) -> str:
    """The whole document."""
    table = HEAD + "\n".join(_row(event, one) for event, one in shown)
    sections = "\n".join(_section(event, one) for event, one in shown)
    template = TEMPLATE.read_text(encoding="utf-8")
    return template.replace("{table}", table).replace("{events}", sections)


def _row(event: Event, one: Result) -> str:
    numbers = f"{one.sent:,} | **{one.failed:,}** | **{one.lost:,}** | {one.healed:.0f} s | {one.slow} ms"
    writer = f"{one.posts.get('303', 0)} | {one.twice} | {one.missing}"
    return f"| [{event.title}](#{event.id}) | {numbers} | {writer} |"


def _section(event: Event, one: Result) -> str:
    failed = counts(one.failures)
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
        lines.append(f"- Second tries, at another node: {counts(one.again)}.")
    lines.append(f"- The answers to whoever signed the guest book: {counts(one.posts)}.")
    lines += [f"- {fact}" for fact in one.facts]
    lines.append(f"- Measured on {one.date}, in {one.seconds:.0f} s, on {in_words(one.machine)}.")
    return "\n".join(lines) + "\n"
