"""`make bench`: measure the servers, show the table, and rewrite their part of `docs/performance.md`."""

import argparse
import sys
from contextlib import closing
from pathlib import Path

from rich.console import Console

from bench.document import write_part
from bench.measure import Results, measure
from bench.peers import BASE, PEERS
from bench.report import CASES, CLOSED, KEPT, document, draw, terminal_table
from launcher.interruption import INTERRUPTED, interruptible

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main() -> None:
    """Read the command line, measure, report."""
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds, each with all servers (%(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each server and case (%(default)s)")
    parser.add_argument(
        "--only", nargs="+", metavar="SERVER", help="only these, and the one that all are compared with"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one short round of the two main cases; writes nothing"
    )
    parser.add_argument("--docs", type=Path, default=DOCS, help="where the page and the picture go")
    options = parser.parse_args()
    try:
        with interruptible():
            compare(options)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def compare(options: argparse.Namespace) -> None:
    """Measure, show, and write unless only a part was asked for."""
    wanted = [peer for peer in PEERS if not options.only or peer.name in (*options.only, BASE.name)]
    console = Console(stderr=True)
    results, rounds = Results(), 1 if options.quick else options.rounds
    cases = [KEPT, CLOSED] if options.quick else CASES
    seconds = 0.2 if options.quick else options.seconds
    steps = measure([peer for peer in wanted if not peer.missing()], cases, rounds, seconds, options.quick)
    with closing(steps), console.status("…") as status:  # closed, it stops the servers
        for doing, so_far in steps:
            results = so_far
            status.update(doing)
    results.skipped |= {peer.name: peer.missing() for peer in wanted if peer.missing()}
    Console().print(terminal_table(results))
    for name, reason in results.skipped.items():
        console.print(f"{name} was left out: {reason}")
    if not options.quick and not options.only:
        draw(results, options.docs / "performance.png")
        write_part(options.docs / "performance.md", "make bench", document(results, rounds, seconds))
        console.print(f"{options.docs / 'performance.md'} is rewritten.")


if __name__ == "__main__":
    main()
