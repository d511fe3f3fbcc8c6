"""`make load-all`: the same load over steps 02 to 07, charts, one table, and docs/load.md."""

import argparse
import datetime
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.measure import running
from checks.machine import describe
from load import document, omission
from load.arena import arena
from load.ceiling import CANNED, measure_ceiling
from load.charts import draw, figure_of
from load.comparison import MEASURES, Results, compare
from load.knee import find_knee
from load.scenarios import SCENARIOS, SLOW_SECONDS
from load.schedule import Objective
from load.screen import milliseconds
from load.single import scenario_named, shown
from load.sites import STEPS, Aim
from load.words import duration, whole

OBJECTIVE = Objective(p99=300.0, errors=0.01)
WAITING, MADE = f"/slow?seconds={SLOW_SECONDS}", "/hello?name=load"
STAGE_SECONDS, CEILING_SECONDS = 2.0, 2.0
Say = Callable[[str, int], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command line."""
    parser.add_argument(
        "--scenario", default="", help="some of: " + ", ".join(SCENARIOS) + "; all, and docs/"
    )
    parser.add_argument("--time", default="", help="for each run (2s)")
    parser.add_argument("--rounds", default="", help="of all steps (2)")
    parser.add_argument("--knees", default="", help="0: leave out the ramps and the box")


def main(arguments: argparse.Namespace) -> int:
    """0 if all was measured."""
    console = Console(highlight=False)
    chosen = [scenario_named(name).name for name in arguments.scenario.replace(",", " ").split()]
    seconds, rounds = duration(arguments.time or "2s"), whole("ROUNDS", arguments.rounds, 2, 20)
    ramps = arguments.knees != "0"
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    results = Results(date, describe(), seconds, rounds)
    began = time.monotonic()
    _measure(console, results, chosen or list(SCENARIOS), ramps)
    results.machine = {**results.machine, "load average at the end": f"{os.getloadavg()[0]:.1f}"}
    console.print(table(results))
    folder = Path(os.environ.get("RUN") or "run").absolute() / "load" / "together"
    if ramps and not chosen:
        written = document.save(results)
        console.print(f"written: {written[0]}, {document.DOCS / 'load'}/", style="bright_black")
    else:
        draw(results, folder)
        console.print(f"charts: {shown(folder)}/", style="bright_black")
    console.print(f"{(time.monotonic() - began) / 60:.1f} minutes", style="bright_black")
    return 0


def _measure(console: Console, results: Results, chosen: list[str], ramps: bool) -> None:
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    steps = len(STEPS) - 1
    runs = sum(results.rounds for name in chosen for step in range(2, 8) if SCENARIOS[name].suits(step))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("the generator's ceiling", total=runs + (2 * steps + 3) * ramps)

        def say(what: str, done: int) -> None:
            progress.update(task, description=what, completed=done)
            if not console.is_terminal:  # where no bar can move
                print(what, flush=True)

        results.ceiling = measure_ceiling(CEILING_SECONDS)
        console.print(f"the generator's ceiling: {results.ceiling:,.0f} requests a second")
        say("starting steps 02 to 07", 0)
        with arena(*STEPS[1:]) as aims:
            compare(aims, chosen, results, say)
            if ramps:
                _ramps(aims, results, say, runs)


def _ramps(aims: Mapping[int, Aim], results: Results, say: Say, done: int) -> None:
    say("the ramp's own ceiling", done)
    with running(CANNED) as canned:
        nowhere = Aim(0, f"http://127.0.0.1:{canned.port}")
        ceiling = find_knee(nowhere, MADE, results.ceiling / 5, OBJECTIVE, STAGE_SECONDS).rate
    for path, scenario in ((WAITING, "slow"), (MADE, "page")):
        for step, aim in aims.items():
            done += 1
            say(f"the knee of {path} · step {step:02}", done)
            # Nobody's cache makes /hello: from step 05 on the front page's rate is no hint, step 04's is.
            hint = results.value("throughput", scenario, step if scenario == "slow" else min(step, 4))
            start = max(0.5 * min(hint, ceiling), 4.0) if hint > 0 else 50.0
            knee = find_knee(aim, path, start, OBJECTIVE, STAGE_SECONDS)
            results.knees.append(replace(knee, ceiling=ceiling))
    powers = aims[4].powers
    assert powers
    results.closed, results.open = omission.both(aims[4], powers, lambda what: say(what, done + 1))


def table(results: Results) -> Table:
    """The figures for the terminal."""
    shown_table = Table(box=None, pad_edge=False, header_style="bold")
    shown_table.add_column("scenario")
    for title in ("step", "answers/s", "p99", "CPU a request", "failed"):
        shown_table.add_column(title, justify="right")
    shown_table.add_column("")
    for name in results.scenarios():
        for place, step in enumerate(results.steps(name)):
            rate, p99, cpu, errors = (results.value(measure, name, step) for measure in MEASURES)
            bound = "generator-bound" if results.generator_bound(name, step) else ""
            figures = figure_of(rate), milliseconds(p99), milliseconds(cpu), f"{errors:.0%}"
            shown_table.add_row("" if place else name, f"{step:02}", *figures, bound)
    for knee in results.knees:
        bound = "generator-bound" if knee.generator_bound else ""
        shown_table.add_row(
            f"knee {knee.path.partition('?')[0]}", f"{knee.step:02}", figure_of(knee.rate), "", "", "", bound
        )
    return shown_table
