"""`make check`: the claims up to a step, asked of somebody's own server."""

import argparse
import os
import sys
from collections.abc import Sequence

from checks.claim import Check
from checks.command import CannotStart, Misused
from checks.expectations import WrongExpectations, load
from checks.learner import asked, progress
from checks.learner.asked import Asked
from checks.learner.asking import ask
from checks.learner.board import Board, to_mend
from checks.registry import up_to
from checks.runner import Outcome
from launcher.interruption import INTERRUPTED, interruptible

USAGE = """make check STEP=02 URL=http://127.0.0.1:9000    it runs already (https: HTTP_URL=… AUTHORITY=file)
make check STEP=02 CMD="./my_server {port}"     it is started for you (both: JUNIT=file WATCH=folder)"""
MISUSED = 2
LAST_LINES = 8  # of the output of a server that does not start


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m checks check` understands. An empty value is as good as none: make passes those."""
    parser.add_argument("--step", default="", help="check what a server keeps from this step on: 02")
    parser.add_argument("--url", default="", help="where your server listens")
    parser.add_argument("--cmd", default="", help="the command that starts it, with {port} (and {tls_port})")
    parser.add_argument("--http-url", default="", help="its plain address, beside an https --url")
    parser.add_argument("--authority", default="", help="who signs its certificate (a PEM file)")
    parser.add_argument("--junit", default="", metavar="FILE", help="write the result as JUnit XML, too")
    parser.add_argument("--watch", nargs="?", const=".", default="", metavar="PATH", help="again on changes")


def main(arguments: argparse.Namespace) -> int:
    """Ask, show, remember. The exit status: 0 all kept, 1 misses, 2 a request that cannot be."""
    if not (arguments.step or arguments.url or arguments.cmd):
        print(USAGE, file=sys.stderr)
        return MISUSED
    board = Board()
    try:
        with interruptible():
            wish = asked.read(arguments, os.environ)
            checks, left_out = asked.chosen(up_to(wish.step), wish.step, load())
            if arguments.watch:
                from checks.learner.watch import rerun

                rerun(
                    arguments.watch, wish.folder.parent, board, lambda: attempt(wish, checks, left_out, board)
                )
            return attempt(wish, checks, left_out, board)
    except (Misused, WrongExpectations) as error:
        print(error, file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def attempt(wish: Asked, checks: Sequence[Check], left_out: Sequence[str], board: Board) -> int:
    """One run, from the start of the server to the score."""
    try:
        with wish.server() as target:
            board.opening(wish.step, wish.name, len(checks), wish.output)
            outcomes = []
            with board.run(len(checks)) as run:
                for outcome in ask(checks, target, run.asks):
                    run.found(outcome)
                    outcomes.append(outcome)
    except CannotStart as error:
        return refused(wish, error)
    board.misses(to_mend(outcomes), target)
    file = progress.file_of(wish.folder, wish.step)
    before = progress.load(file)
    result = progress.score(outcomes)
    board.closing(result, before, progress.compare(before, outcomes) if before else None)
    if left_out:
        board.say(
            f"not asked, since the course's own step {wish.step:02} does not keep it either: "
            + ", ".join(left_out)
        )
    keep(wish, outcomes, before)
    return result.status


def keep(wish: Asked, outcomes: Sequence[Outcome], before: progress.Memory | None) -> None:
    """Write down what the next run and the autograder want to know. A full disk changes no score."""
    try:
        progress.save(
            progress.file_of(wish.folder, wish.step), progress.remember(before, wish.name, outcomes)
        )
        if wish.junit:
            from checks.learner.junit import write_outcomes

            write_outcomes(wish.junit, wish.step, wish.name, outcomes)
    except OSError as error:
        print(f"the result cannot be kept: {error}", file=sys.stderr)


def refused(wish: Asked, error: CannotStart) -> int:
    """There is no server to ask: say why, with its last words."""
    print(error, file=sys.stderr)
    if isinstance(error, Misused):
        return MISUSED
    if wish.output and (said := wish.output.read_text("utf-8", "replace").splitlines()):
        print("what it wrote last:", *(f"  {line}" for line in said[-LAST_LINES:]), sep="\n", file=sys.stderr)
    if wish.junit:
        from checks.learner.junit import write_refusal

        write_refusal(wish.junit, wish.step, wish.name, str(error))
    return 1
