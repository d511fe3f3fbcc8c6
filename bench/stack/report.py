"""What a run has measured: in the terminal, and as its part of `docs/performance.md`."""

import os
import platform
import statistics
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.document import write_part
from bench.load import generator
from bench.measure import pins
from bench.report import processor
from bench.stack import plan
from bench.stack.chart import draw
from bench.stack.crowd import SLOW_CLIENTS
from bench.stack.goals import Verdict, judge
from bench.stack.nginx_build import Build
from bench.stack.results import Results
from launcher.programs import REDIS, find

COMMAND = "make bench-stack"
WHEEL = (
    "\n**This nginx is the Python package's, which is built for size.** Its figures are good for learning, "
    "and are not nginx's speed. Where Docker runs, `make bench-stack` takes the official image's program.\n"
)
TEMPLATE = Path(__file__).with_name("performance-stack.md.template")


def about(build: Build) -> dict[str, str]:
    """What a reader must know to judge the figures."""
    redis = find(REDIS, os.environ)
    return {
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.release().split('-')[0]}, load average at the start {os.getloadavg()[0]:.1f}",
        "nginx": build.says,
        "versions": f"Python {platform.python_version()}, Flask {version('flask')}, "
        f"gunicorn {version('gunicorn')}" + (f", {Path(redis.path).name} {redis.version}" if redis else ""),
        "generator": generator(),
        "pinned": "All servers had one core together, the load another."
        if pins()[0]
        else "Nothing was pinned: this system cannot.",
    }


def per_second(results: Results, kind: plan.Kind, row: plan.Row, crowd: bool) -> str:
    """Requests for each second of the processor, rounded as far as they can be trusted."""
    rate = results.middle(kind, row, crowd, lambda one: one.rate)
    if rate is None:
        return ""
    if not rate:
        return "none"
    return f"{round(rate, -2 if rate >= 1000 else -1):,.0f}"


def p99(results: Results, kind: plan.Kind, row: plan.Row, crowd: bool) -> str:
    """The ms within which 99 of 100 answers came."""
    found = results.middle(kind, row, crowd, lambda one: one.p99 if one.answers else 0.0)
    if found is None:
        return ""
    return f"{found:,.1f}" if 0 < found < 10 else f"{found:,.0f}" if found else "none"


Cell = Callable[[Results, plan.Kind, plan.Row, bool], str]


def grid(results: Results, cell: Cell) -> tuple[list[plan.Kind], list[list[str]]]:
    """The deployments; and a line for each page, without and with slow clients, a cell for each of them."""
    kinds = [kind for kind in plan.KINDS if any(one.step == kind.step for one in results.figures)]
    lines = []
    for row in plan.ROWS:
        for crowd in (False, True):
            cells = [cell(results, kind, row, crowd) for kind in kinds]
            if any(cells):
                lines.append([row.title if not crowd else f"… beside {SLOW_CLIENTS} slow clients", *cells])
    return kinds, lines


def terminal_tables(results: Results) -> list[Table]:
    """The figures and the goals for the terminal: in a cell first the figure without slow clients."""
    titles = {
        "requests for each second of the processor, all server processes": short_rate,
        "99 of 100 answers within, ms": p99,
    }
    tables = [_by_deployment(results, title, cell) for title, cell in titles.items()]
    goals = Table(title="goals", box=SIMPLE_HEAD)
    for word in ("goal", "bound", "measured", "met"):
        goals.add_column(word, justify="left" if word == "goal" else "right", no_wrap=word != "goal")
    for verdict in judge(results):
        style = "green" if verdict.met else "yellow"
        goals.add_row(plain(verdict.goal.text), bound(verdict), measured(verdict), met(verdict), style=style)
    return [*tables, goals]


def _by_deployment(results: Results, title: str, cell: Cell) -> Table:
    caption = f"without / beside {SLOW_CLIENTS} slow clients"
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption)
    kinds, _ = grid(results, cell)
    rows = [row for row in plan.ROWS if any(one.row == row.id for one in results.figures)]
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_column(row.id, justify="right", no_wrap=True)
    for kind in kinds:
        cells = [[cell(results, kind, row, crowd) for crowd in (False, True)] for row in rows]
        style = "bold cyan" if kind.ours else ""
        table.add_row(kind.name, *("/".join(filter(None, pair)) for pair in cells), style=style)
    return table


def short_rate(results: Results, kind: plan.Kind, row: plan.Row, crowd: bool) -> str:
    """Requests for each second of the processor, in thousands if there are many."""
    rate = results.middle(kind, row, crowd, lambda one: one.rate)
    if not rate or rate < 1000:
        return per_second(results, kind, row, crowd)
    return f"{rate / 1000:.1f}k" if rate < 10_000 else f"{rate / 1000:.0f}k"


def plain(text: str) -> str:
    """Markdown's emphasis is none in a terminal."""
    return text.replace("*", "")


def bound(verdict: Verdict) -> str:
    """What was to be reached."""
    return f"{'≤' if verdict.goal.at_most else '≥'} {verdict.goal.bound:g}"


def measured(verdict: Verdict) -> str:
    """The middle of the rounds, and from where to where they go."""
    low, middle, high = (times(one) for one in (verdict.lowest, verdict.middle, verdict.highest))
    return f"{middle} ({low}–{high})"


def times(ratio: float) -> str:
    """A ratio with as many digits as it deserves."""
    return "∞" if ratio == float("inf") else f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"


def met(verdict: Verdict) -> str:
    """In a word."""
    return "yes" if verdict.met else "no"


def document(results: Results) -> str:
    """The part of `docs/performance.md`."""
    kinds, rates = grid(results, per_second)
    _, tails = grid(results, p99)
    verdicts = judge(results)
    judged = [[one.goal.text, bound(one), measured(one), one.where, met(one)] for one in verdicts]
    return TEMPLATE.read_text(encoding="utf-8").format(
        **results.about,
        rounds=results.rounds,
        seconds=f"{results.seconds:g}",
        connections=plan.CONNECTIONS,
        crowd=SLOW_CLIENTS,
        deployments="\n".join(f"- **{kind.name}**: {kind.says}." for kind in kinds),
        heads=" | ".join(f"**{kind.name}**" if kind.ours else kind.name for kind in kinds),
        rule="|".join("---" for _ in kinds),
        rates=_lines(rates),
        tails=_lines(tails),
        verdicts=_lines(judged),
        missed=missed(verdicts),
        backends=_lines(backends(results)),
        cores=", ".join(f"{one:.2f}" for one in sorted(results.cores)) or "not measured",
        wheel="" if results.quotable else WHEEL,
        failed=failures(results),
    )


def missed(verdicts: list[Verdict]) -> str:
    """Why a goal was missed, a line each."""
    told = []
    for one in verdicts:
        if not one.met:
            spread_over = " Its rounds lie on both sides of the bound: take them on a quieter machine."
            told.append(f"- *{plain(one.goal.text)}*: {one.goal.why}{spread_over if one.undecided else ''}")
    return "\nWhy a goal was missed:\n\n" + "\n".join(told) + "\n" if told else ""


def _lines(lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def backends(results: Results) -> list[list[str]]:
    """A line for each set of backends: what it answers in a second, and how many times the first's."""
    first, lines = next(iter(plan.BACKENDS)), []
    for name in plan.BACKENDS:
        cells = []
        for row in (plan.WAITING, plan.COMPUTING):
            found = [one.per_second for one in results.backends if (one.name, one.row) == (name, row.id)]
            gain = results.gains(first, name, row)
            if found and gain:
                cells.append(f"{statistics.median(found):.0f}")
                cells.append("1" if name == first else spread(gain))
        lines.append([name, *cells])
    return lines


def spread(ratios: list[float]) -> str:
    """The middle, the lowest and the highest."""
    return f"{times(statistics.median(ratios))} ({times(ratios[0])}–{times(ratios[-1])})"


def failures(results: Results) -> str:
    """Which figures are not of good answers alone."""
    failed = sum(one.failed for one in results.figures)
    asked = failed + sum(one.answers for one in results.figures)
    return f"{failed:,} of {asked:,} answers were errors; they are not counted as requests."


def rewrite(docs: Path, results: Results) -> None:
    """Write the part of the document and its picture anew."""
    draw(results, docs / "performance-stack.png")
    write_part(docs / "performance.md", COMMAND, document(results))
