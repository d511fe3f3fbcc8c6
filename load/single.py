"""`make load`: one scenario against one step, or against somebody's own server."""

import argparse
import csv
import json
import os
import time
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from checks.machine import describe
from load.address import Misused
from load.ceiling import measure_ceiling
from load.exemption import exempted
from load.figures import Run, percentile
from load.generator import generate, visits
from load.limits import limiting
from load.own import own_server
from load.scenarios import SCENARIOS, Scenario
from load.screen import live, screen
from load.sites import Aim, number_of, running_step
from load.words import duration, whole

CEILING_SECONDS = 1.5
MOST_USERS = 5000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command line."""
    parser.add_argument("--step", default="", help="a running step: 05, say")
    parser.add_argument("--url", default="", help="a server of your own instead: http://127.0.0.1:9000")
    parser.add_argument("--scenario", default="", help=f"one of: {', '.join(SCENARIOS)} (mixed)")
    parser.add_argument(
        "--users", default="", help="how many visitors at once (each scenario has its number)"
    )
    parser.add_argument("--time", default="", help="how long: 30s, 2m (10s)")
    parser.add_argument("--processes", default="", help="of the generator, for more than one core (1)")
    add_own(parser)
    parser.add_argument(
        "--keep-limits", nargs="?", const="1", default="", help="do not exempt us from nginx's"
    )


def add_own(parser: argparse.ArgumentParser) -> None:
    """The word without which load stays on this machine."""
    words = "the load may leave this machine: the server is mine"
    parser.add_argument("--i-own-this-server", nargs="?", const="1", default="", dest="own", help=words)


def main(arguments: argparse.Namespace) -> int:
    """0 if the run came to its end, whatever it showed."""
    console = Console(highlight=False)
    plan = scenario_named(arguments.scenario or "mixed")
    users = whole("USERS", arguments.users, plan.users, MOST_USERS)
    seconds = duration(arguments.time or "10s")
    processes = whole("PROCESSES", arguments.processes, 1, os.cpu_count() or 1)
    aim = aimed(arguments)
    if not plan.suits(aim.step) and aim.step:
        raise Misused(
            f"the scenario {plan.name} begins with step {plan.first:02}; step {aim.step:02} has not got it"
        )
    with exempted(aim, wanted=not arguments.keep_limits) as file:
        if file:
            note = f"nginx exempts this machine's addresses from its limits while this runs ({shown(file)})"
            console.print(note, style="bright_black")
        with console.status("how much the generator itself can do"):
            ceiling = measure_ceiling(CEILING_SECONDS, processes)
        prefix = _prefix(aim, plan)
        words = ("--csv", str(prefix), "--html", f"{prefix}.html")
        order = visits(
            plan.name, aim, users, seconds, processes=processes, own=bool(arguments.own), words=words
        )
        with live(console, seconds) as progress:
            run = generate(order, progress.hear)
    run = replace(run, scenario=plan.name, users=users, ceiling=ceiling)
    console.print(screen(run, aim.url, os.cpu_count() or 1))
    _save(run, prefix)
    console.print(f"\nsaved: {shown(prefix)}.html, .json, .csv", style="bright_black")
    return 0


def scenario_named(name: str) -> Scenario:
    """Misused if there is none with that name."""
    if name not in SCENARIOS:
        raise Misused(f"there is no scenario {name!r}; SCENARIO= takes one of {', '.join(SCENARIOS)}")
    return SCENARIOS[name]


def aimed(arguments: argparse.Namespace) -> Aim:
    """Whom the load is for.

    Exactly one is named: a step, or a URL (and then perhaps whose step it is like).
    """
    step = number_of(arguments.step) if arguments.step else 0
    if arguments.url:
        return own_server(arguments.url, bool(arguments.own), step)
    if not step:
        raise Misused("whom? STEP=05 for a running step, URL=http://127.0.0.1:9000 for a server of yours")
    return running_step(step)


def shown(path: Path) -> str:
    """A path as a person would type it here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _prefix(aim: Aim, plan: Scenario) -> Path:
    """Where the files of this run go: their common beginning."""
    folder = Path(os.environ.get("RUN") or "run").absolute() / "load"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"step{aim.step:02}" if aim.step else "own"
    return folder / f"{time.strftime('%Y-%m-%d-%H%M%S')}-{name}-{plan.name}"


def _save(run: Run, prefix: Path) -> None:
    """Beside locust's own HTML and CSV files: all that we know, and a table of what was asked for."""
    word, sentence = limiting(run, os.cpu_count() or 1)
    told = {**asdict(run), "limit": word, "because": sentence, "machine": describe()}
    told |= {f"p{part:g}": percentile(run.times, part / 100) for part in (50, 95, 99)}
    told |= {"throughput": run.throughput, "generator_bound": run.generator_bound}
    prefix.with_name(prefix.name + ".json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    with prefix.with_name(prefix.name + ".csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["what", "requests", "p99_ms"])
        rows.writerows([name, *figures] for name, figures in run.entries.items())
