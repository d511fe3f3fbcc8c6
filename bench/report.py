"""What a run has measured: as a table in the terminal, as a picture, and as `docs/performance.md`."""

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.table import Table

from bench.load import generator
from bench.measure import Case, Results, pins
from bench.peers import BASE, PEERS, Peer

KEPT, CLOSED, BROWSER = Case("keep-alive", 32), Case("close", 32), Case("browser", 32)
LONE, MANY = Case("keep-alive", 1), Case("keep-alive", 256)
CASES = [KEPT, CLOSED, BROWSER, LONE, MANY]
TITLES = {
    KEPT: "keep-alive, 32",
    CLOSED: "close, 32",
    BROWSER: "browser's fields, 32",
    LONE: "keep-alive, 1",
    MANY: "keep-alive, 256",
}
COLOURS = {"ours": "#0b6b6b", "Python": "#8fa3ad", "native": "#d9a441", "limit": "#d8dde0"}
OWNER = {"step02": "our step 02", "step03": "our step 03"}


def measured(results: Results) -> list[Peer]:
    """The servers that were measured, the slowest of each kind first."""
    order = ["ours", "Python", "native", "limit"]
    found = [peer for peer in PEERS if any(name == peer.name for name, _ in results.figures)]
    return sorted(found, key=lambda peer: (order.index(peer.kind), results.rate(peer, CLOSED) or 0.0))


def cell(results: Results, peer: Peer, case: Case) -> str:
    """One figure, rounded as far as it can be trusted."""
    rate = results.rate(peer, case)
    return f"{round(rate, -2):,.0f}" if rate else "–"


def spread(results: Results, peer: Peer, case: Case) -> str:
    """The ratio to the base: the middle of the rounds, and from where to where they go."""
    ratios = results.ratios(peer, case)
    if not ratios or peer == BASE:
        return "1" if peer == BASE else "–"
    return f"{statistics.median(ratios):.1f} ({ratios[0]:.1f}–{ratios[-1]:.1f})"


def terminal_table(results: Results) -> Table:
    """The figures for the terminal."""
    table = Table(title="requests for each second of the server's processor, 32 connections")
    main = (KEPT, CLOSED, BROWSER)
    titles = ("kept", "close", "browser", f"× {BASE.name}: kept", "close", "browser", "p99 ms")
    for title in ("server", *titles):
        table.add_column(
            title, justify="left" if title == "server" else "right", no_wrap=not title.startswith("×")
        )
    for peer in measured(results):
        figures = [cell(results, peer, case) for case in main]
        style = "bold cyan" if peer.kind == "ours" else "dim" if peer.kind == "limit" else ""
        ratios = [spread(results, peer, case).partition(" ")[0] for case in main]
        table.add_row(peer.name, *figures, *ratios, tail(results, peer), style=style)
    return table


def tail(results: Results, peer: Peer) -> str:
    """The time within which 99 of 100 answers came over 32 kept connections."""
    p99 = results.p99(peer, KEPT)
    return "–" if p99 is None else f"{p99:.1f}"


def draw(results: Results, path: Path) -> None:
    """Paint the two columns of the table that matter most."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"font.family": "DejaVu Sans", "font.size": 10, "axes.titlesize": 11})
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 5.2), sharex=True)
    for axis, case, title in zip(
        axes, (KEPT, CLOSED), ("kept connections", "a new connection each"), strict=True
    ):
        rated = [(peer, rate) for peer in measured(results) if (rate := results.rate(peer, case))]
        rated.sort(key=lambda pair: pair[1])
        names = [OWNER.get(peer.name, peer.name) for peer, _ in rated]
        rates = [rate for _, rate in rated]
        axis.barh(names, rates, color=[COLOURS[peer.kind] for peer, _ in rated], height=0.72)
        axis.set_xscale("log")
        axis.set_xlim(2000, 400_000)
        axis.set_title(title, loc="left", color="#33444c")
        for place, (peer, rate) in enumerate(rated):
            bold = "bold" if peer.kind == "ours" else "normal"
            axis.text(
                rate * 1.06, place, f"{rate / 1000:,.1f}k", va="center", fontweight=bold, color="#33444c"
            )
        for label, (peer, _) in zip(axis.get_yticklabels(), rated, strict=True):
            label.set_fontweight("bold" if peer.kind == "ours" else "normal")
        axis.spines[["top", "right", "left", "bottom"]].set_visible(False)
        axis.tick_params(length=0, which="both", labelbottom=False, colors="#33444c")
    figure.suptitle(
        "Requests for each second of the server's processor, 32 connections (log scale)", x=0.02, ha="left"
    )
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def document(results: Results, rounds: int, seconds: float) -> str:
    """`docs/performance.md`."""
    peers = measured(results)
    rows = [
        f"| {'**' + OWNER[peer.name] + '**' if peer.name in OWNER else peer.name} | "
        + " | ".join(cell(results, peer, case) for case in CASES)
        + f" | {tail(results, peer)} |"
        for peer in peers
    ]
    compared = [peer for peer in peers if peer.kind != "limit"]
    ratios = [
        f"| {OWNER.get(peer.name, peer.name)} | "
        + " | ".join(spread(results, peer, case) for case in (KEPT, CLOSED, BROWSER))
        + " |"
        for peer in compared
    ]
    idle = [
        f"| {OWNER.get(name, name)} | {held:,} | {megabytes:.0f} MB | {round(rate, -2):,.0f} |"
        for name, (megabytes, rate, held) in results.idle.items()
    ]
    skipped = "\n".join(f"- {name} is left out: {reason}." for name, reason in results.skipped.items())
    text = (Path(__file__).with_name("performance.md.template")).read_text(encoding="utf-8")
    return text.format(
        machine=machine(),
        versions=versions(peers),
        generator=generator(),
        pinned="Server and load had a core each." if pins()[0] else "Nothing was pinned: this system cannot.",
        rounds=rounds,
        seconds=f"{seconds:g}",
        titles=" | ".join(TITLES.values()),
        rows="\n".join(rows),
        ratios="\n".join(ratios),
        idle="\n".join(idle),
        skipped=f"\n{skipped}\n" if skipped else "",
        base=BASE.name,
    )


def machine() -> str:
    """The machine in a line, without its name."""
    load = os.getloadavg()[0]
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}; load average at the end {load:.1f}"
    )


def processor() -> str:
    """Its model, as far as the system says."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(": ")[1]
    return platform.processor() or platform.machine()


def versions(peers: Sequence[Peer]) -> str:
    """Which releases were compared."""
    found = []
    for package in sorted({peer.package for peer in peers if peer.package}):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(
        [*found, f"http.server and wsgiref of Python {sys.version_info.major}.{sys.version_info.minor}"]
    )
