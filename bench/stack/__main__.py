"""`make bench-stack`: measure, show, and rewrite this command's part of `docs/performance.md`."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from bench.stack import plan
from bench.stack.arena import open_arena
from bench.stack.nginx_build import Build, choose
from bench.stack.part import rewrite
from bench.stack.report import about, terminal_tables
from bench.stack.results import Results
from bench.stack.rounds import measure, measure_backends, stay_on_one_core
from launcher.errors import LaunchError
from launcher.interruption import INTERRUPTED, interruptible

DOCS = Path(__file__).resolve().parents[2] / "docs"
BUSY = 0.5  # a load average from which on the figures are worth little
MISUSED = 2


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="make bench-stack",
        description="The deployed stack beside what people copy, per second of the processor and as p99.",
        epilog="NGINX and REDIS_SERVER choose the programs. Without NGINX the official image's nginx is "
        "measured where Docker has it, else the system's, else the Python package's.",
    )
    known = [kind.step for kind in plan.KINDS]
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds, each with all deployments (%(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="for each figure (%(default)s)")
    parser.add_argument("--only", nargs="+", metavar="STEP", choices=known, help=f"of {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="one round, few pages; writes nothing")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where the document, figures and picture go")
    parser.add_argument("--rewrite", action="store_true", help="measure nothing: write the document anew")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be more than nothing")
    return options


def main() -> int:
    """Measure, report; 0, 1 if something could not run, 2 for a wrong word, 130 for Ctrl-C."""
    options = arguments()
    screen = Console(stderr=True, highlight=False)
    if options.rewrite:
        try:
            rewrite(options.docs, Results.load(options.docs / "performance-stack.json"))
        except (OSError, ValueError, KeyError, TypeError) as error:  # no file, or not one of ours
            print(f"there is nothing to write from: {error}", file=sys.stderr)
            return MISUSED
        return 0
    try:
        with interruptible(), tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as folder:
            with screen.status("choosing an nginx: the official image's, where Docker has it"):
                build = choose(os.environ, Path(folder, "nginx"))
            results = take(options, build, screen)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (LaunchError, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for table in terminal_tables(results):
        Console().print(table)
    return 0 if options.quick or options.only else keep(results, options.docs, screen)


def keep(results: Results, docs: Path, screen: Console) -> int:
    """Save the figures, and write the document and the picture from them."""
    try:
        results.save(docs / "performance-stack.json")
        rewrite(docs, results)
    except OSError as error:
        print(f"the figures cannot be kept: {error}", file=sys.stderr)
        return 1
    screen.print(f"{docs / 'performance.md'} is rewritten.")
    return 0


def take(options: argparse.Namespace, build: Build, screen: Console) -> Results:
    """Start everything, measure it, stop it."""
    screen.print(build.says)
    if (load := os.getloadavg()[0]) > BUSY:
        screen.print(
            f"Others use this machine (load average {load:.1f}): only the ratios are worth anything."
        )
    results = Results(about(build), 1 if options.quick else options.rounds, options.seconds, build.quotable)
    rows, crowds = (plan.ROWS, (False, True)) if not options.quick else ((plan.TEMPLATE, plan.FILE), (False,))
    quick = ["step93", "step05", "step94"]
    names = options.only or (quick if options.quick else [kind.step for kind in plan.KINDS])
    with_backends = not options.quick and not options.only
    stay_on_one_core()
    with screen.status("starting") as status:
        started = [*names, *(["step95"] if with_backends else [])]
        with open_arena(started, {"NGINX": build.path}) as arena:
            for doing in measure(arena, results, rows, crowds):
                status.update(doing)
            for doing in measure_backends(arena, results) if with_backends else ():
                status.update(doing)
    return results


if __name__ == "__main__":
    sys.exit(main())
