"""What a run has measured, cell by cell, and its tables for the terminal."""

import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.load import generator
from bench.measure import pins
from bench.report import processor
from bench.stack import plan
from bench.stack.crowd import SLOW_CLIENTS
from bench.stack.goals import Verdict, judge
from bench.stack.nginx_build import Build
from bench.stack.results import Results
from launcher.programs import REDIS, find


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
