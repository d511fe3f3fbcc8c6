"""`docs/survival.md` and its charts, written whole from the last results."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from checks.record import write
from trials.chart import chart
from trials.event import Event
from trials.run import Result, result_from
from trials.traffic import SLICE

DOCUMENT = Path("docs/survival.md")
FOLDER = Path("docs/survival")
RESULTS = FOLDER / "results.json"

HEAD = """\
# What may happen to the stack while visitors ask

Each event below happens to step 07 while visitors ask, and every GET is counted. `make survive` repeats all of it
and writes this page; `make survive EVENT=killed-app` repeats one event, and `GETS=2000` makes it short (and leaves
this page alone). `make test` runs the short form.

**The goal:** no GET fails, of at least 50,000, for everything that is planned (reload, rolling restart, rolling
upgrade, a restart of Redis) and for SIGKILL of a whole app. Where an event must cost something, the column says what
alone may fail, and the text below says why.

"""

HOW = """
## How it is counted

- **The load.** Two processes with four visitors each, over TLS: three of four keep their connection, one makes a new
  one for each GET. Each asks again as soon as it is answered. Half of the GETs ask for `/hello`, which needs only an
  app; a quarter for `/?visit=…`, which an app makes of what Redis has and no cache keeps; a quarter for `/`, which
  nginx keeps for a second. *By an app* are those that no cache answered.
- **Failed** is every GET that got no whole 200: no connection, a connection broken before the answer, an answer cut
  off in its body, 20 seconds of silence, or another status. Each kind is counted by itself. The visitors never try
  again by themselves; after a broken connection one second try is made *and counted apart*.
- **An answer that is cut off in its body** cannot be asked for again by nginx, since the visitor has its beginning.
  Step 07's gunicorn worker ([`worker.py`](../step07_load_balancing/worker.py)) sends head and body in one call, so
  that the kernel delivers both or nothing, even for a killed sender.
- **A writer** signs the guest book all the while, each time with a mark of its own, and reads the page. Every entry
  that was confirmed (303) must be there, and none may be there twice.
- **Limits.** The visitors come from 127.0.0.1, and that address is exempt from the limits of requests and of
  connections, by a file `exempt.conf` beside the rendered `nginx.conf` (`trials/stage.py` writes it;
  [limits.conf](../step05_nginx/nginx/limits.conf) includes it). What is limited for everybody else: 100 requests a
  second (and 100 more at once) to all but `/static/`; 100 connections at work, everywhere; four downloads at once,
  for all visitors together; bodies of 64 KB, heads of 8 KB a line, on all routes.
- A **chart** shows the answered and the failed GETs of each quarter of a second; the event is the yellow field.
"""


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
    parts = [HEAD, _table(shown), HOW, "\n## The events\n"]
    parts += [_section(event, one) for event, one in shown]
    return "".join(parts)


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
    return "\n".join(rows) + "\n"


def _section(event: Event, one: Result) -> str:
    lines = [f'\n<a id="{event.id}"></a>\n\n### {event.title}\n', event.about]
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
