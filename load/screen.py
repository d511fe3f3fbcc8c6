"""One run on one screen.

What was answered, how quickly, what failed, who used what, and what was the limit.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from load.figures import Run, percentile
from load.limits import limiting
from load.scenarios import SCENARIOS


def milliseconds(time: float) -> str:
    """A time that can be read: three digits at most, seconds from one second on."""
    if math.isnan(time):
        return "–"
    if time >= 1000:
        return f"{time / 1000:.1f} s"
    return f"{time:.0f} ms" if time >= 10 else f"{time:.1f} ms" if time >= 1 else f"{time:.2g} ms"


def screen(run: Run, where: str, cores: int) -> RenderableType:
    """The whole of it."""
    name = f"step{run.step:02}" if run.step else "your server"
    head = Text(f"{name} · {run.scenario} · {run.users} users · {run.seconds:.0f} s", "bold")
    head.append(f"   {where}", "bright_black")
    parts: list[RenderableType] = [head, Text(SCENARIOS[run.scenario].about, "bright_black"), Text()]
    parts += [_figures(run), Text(), _judgement(run, cores)]
    if run.used:
        parts += [Text(), _processes(run)]
    return Group(*parts)


def _figures(run: Run) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    values = {"answers a second": f"{run.throughput:,.1f}"}
    values |= {title: milliseconds(percentile(run.times, part)) for title, part in PARTS.items()}
    values |= {"requests": f"{run.requests:,}", "failed": f"{run.failed:,}"}
    cost = run.cpu_per_request
    values |= {"CPU a request": "–" if math.isnan(cost) else f"{cost:.2f} ms"}
    for title in values:
        table.add_column(title, justify="right")
    table.add_row(*(Text(value, "bold") for value in values.values()))
    return table


PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def _judgement(run: Run, cores: int) -> Table:
    """What failed, what was the limit, and what the generator has to do with it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_row("failures", _failures(run))
    word, sentence = limiting(run, cores)
    grid.add_row("limited by", Text.assemble((word, "bold"), f": {sentence}"))
    used = run.generator / run.seconds if run.seconds else 0.0
    text = Text(f"its ceiling is {run.ceiling:,.0f} requests a second; it used {used:.1f} cores")
    if run.generator_bound:
        text.append("  generator-bound", "bold yellow")
    grid.add_row("generator", text)
    return grid


def _failures(run: Run) -> Text:
    if not run.failed:
        return Text("none", "green")
    kinds = sorted(run.failures.items(), key=lambda kind: -kind[1])
    return Text(", ".join(f"{number:,} × {kind}" for kind, number in kinds), "red")


def _processes(run: Run) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    table.add_column("process")
    for title in ("pid", "cores used", "memory"):
        table.add_column(title, justify="right")
    for one in run.used:
        cores = one.seconds / run.seconds if run.seconds else 0.0
        table.add_row(one.name, str(one.pid), f"{cores:.2f}", f"{one.megabytes:.0f} MB")
    return table


class Live:
    """The progress of a run, while it goes."""

    def __init__(self, progress: Progress, seconds: float) -> None:
        self.progress = progress
        self.task = progress.add_task("the visitors come", total=seconds)

    def hear(self, line: dict[str, Any]) -> None:
        """A line that the generator told."""
        if line["kind"] != "now":
            return
        rate = line["requests"] / line["seconds"] if line["seconds"] else 0.0
        said = f"{line['users']} users · {rate:,.0f}/s · failed {line['failures']:,}"
        half = milliseconds(float(line["median"] or 0))
        self.progress.update(self.task, completed=line["seconds"], description=f"{said} · half within {half}")


@contextmanager
def live(console: Console, seconds: float) -> Iterator[Live]:
    """Show a bar while the block runs; nothing stays of it."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        yield Live(progress, seconds)
