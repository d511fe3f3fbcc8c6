"""The part of `docs/performance.md` that `make bench-stack` writes, and its picture."""

import statistics
from pathlib import Path

from bench.document import write_part
from bench.stack import plan
from bench.stack.chart import draw
from bench.stack.crowd import SLOW_CLIENTS
from bench.stack.goals import Verdict, judge
from bench.stack.report import bound, grid, measured, met, p99, per_second, plain, times
from bench.stack.results import Results

COMMAND = "make bench-stack"
WHEEL = (
    "\n**This nginx is the Python package's, which is built for size.** Its figures are good for learning, "
    "and are not nginx's speed. Where Docker runs, `make bench-stack` takes the official image's program.\n"
)
TEMPLATE = Path(__file__).with_name("performance-stack.md.template")


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
