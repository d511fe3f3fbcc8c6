"""`docs/load.md`, its pictures and its data, written whole from the results of one `make load-all`."""

import json
from pathlib import Path

from checks.machine import in_words
from checks.matrix.record import write
from load.charts import draw, figure_of
from load.comparison import MEASURES, Results, from_json, swaps, to_json
from load.figures import Run, percentile
from load.knee import Knee
from load.limits import limiting
from load.scenarios import SCENARIOS
from load.screen import milliseconds
from load.stories import stories

DOCS = Path("docs")
TEMPLATE = Path(__file__).with_name("load.md.template")
WORDS = {"throughput": "good answers a second", "cpu_per_request": "server CPU a request", "p99": "p99"}


def save(results: Results, docs: Path = DOCS) -> list[Path]:
    """Write the data, the pictures and the page; what was written."""
    data = docs / "load" / "results.json"
    data.parent.mkdir(parents=True, exist_ok=True)
    write(data, json.dumps(to_json(results), ensure_ascii=False) + "\n")
    pictures = draw(results, docs / "load")
    write(docs / "load.md", text(results))
    return [docs / "load.md", data, *pictures]


def stored(docs: Path = DOCS) -> Results:
    """The results of the last whole run."""
    return from_json(json.loads((docs / "load" / "results.json").read_text(encoding="utf-8")))


def text(results: Results) -> str:
    """The whole page."""
    parts = {
        "machine": in_words(results.machine),
        "date": results.date,
        "seconds": f"{results.seconds:g}",
        "rounds": str(results.rounds),
        "ceiling": f"{results.ceiling:,.0f}",
        "table": table(results),
        "charts": "\n\n".join(_chart(results, name) for name in results.scenarios()),
        "stories": "\n".join(f"- **Step {step:02}.** {told}" for step, told in stories(results).items()),
        "knees": knees(results),
        "ranking": ranking(results),
        "closed_and_open": _closed_and_open(results.closed, results.open),
    }
    page = TEMPLATE.read_text(encoding="utf-8")
    for name, value in parts.items():
        page = page.replace(f"{{{name}}}", value)
    return page


def table(results: Results) -> str:
    """A row for each scenario and step."""
    titles = "Scenario", "Step", "Good answers a second", "p50", "p99", "Failed", "CPU a request", "Limit"
    rows = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for name in results.scenarios():
        for step in results.steps(name):
            rows.append(_row(results, name, step))
    return "\n".join(rows)


def _row(results: Results, name: str, step: int) -> str:
    rate, p99, cpu, errors = (results.value(measure, name, step) for measure in MEASURES)
    runs = sorted(results.of(name, step), key=lambda run: run.throughput)
    middle = runs[len(runs) // 2]
    bound = " ⚠" if results.generator_bound(name, step) else ""
    word, _ = limiting(middle, int(results.machine.get("cores", "1")))
    return (
        f"| {name} | {step:02} | {figure_of(rate)}{bound} | {milliseconds(percentile(middle.times, 0.5))} "
        f"| {milliseconds(p99)} | {errors:.0%} | {milliseconds(cpu)} | {word} |"
    )


def _chart(results: Results, name: str) -> str:
    plan = SCENARIOS[name]
    return (
        f"### {name}\n\n{plan.users} visitors: {plan.about}.\n\n"
        f"![{name}: good answers a second, p99 and server CPU a request at each step](load/{name}.png)"
    )


def knees(results: Results) -> str:
    """A table of all ramps, a column each."""
    paths = list(dict.fromkeys(knee.path for knee in results.knees))
    rows = ["| Step | " + " | ".join(f"`{path}`" for path in paths) + " |", "|---|" + "---|" * len(paths)]
    for step in sorted({knee.step for knee in results.knees}):
        found = {knee.path: knee for knee in results.knees if knee.step == step}
        rows.append(f"| {step:02} | " + " | ".join(_knee(found.get(path)) for path in paths) + " |")
    return "\n".join(rows)


def _knee(knee: Knee | None) -> str:
    if not knee:
        return "–"
    return f"{figure_of(knee.rate)}{' ⚠' if knee.generator_bound else ''}" if knee.rate else "none"


def ranking(results: Results) -> str:
    """Whether the rounds agree on which step is ahead."""
    lines = []
    for measure, words in WORDS.items():
        found = {name: swaps(results, measure, name) for name in results.scenarios()}
        changed = {name: pairs for name, pairs in found.items() if pairs}
        told = "; ".join(
            f"{name}: {', '.join(f'{one:02} and {other:02}' for one, other in pairs)}"
            for name, pairs in changed.items()
        )
        lines.append(f"- By {words}: " + (f"not for {told}." if told else "the same order in all rounds."))
    return "\n".join(lines)


def _closed_and_open(closed: Run | None, opened: Run | None) -> str:
    rows = [
        "| Load | Requests | Half within | 90 % within | 99 % within | Longer than 100 ms |",
        "|---|---|---|---|---|---|",
    ]
    for name, run in (("closed", closed), ("open", opened)):
        if run:
            late = sum(number for time, number in run.times.items() if time > 100)
            times = " | ".join(milliseconds(percentile(run.times, part)) for part in (0.5, 0.9, 0.99))
            rows.append(
                f"| {name} | {run.requests:,} | {times} | {late:,} ({late / max(run.requests, 1):.1%}) |"
            )
    return "\n".join(rows)
