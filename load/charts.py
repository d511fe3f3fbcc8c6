"""The pictures: one for each scenario, one of the knees, one of closed beside open load."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from load.comparison import Results
from load.figures import Run, percentile
from load.scenarios import SCENARIOS

INK, OURS, BOUND, BAD = "#33444c", "#0b6b6b", "#b9cfcf", "#c2593f"
PANELS = {
    "throughput": "good answers a second",
    "p99": "p99, ms",
    "cpu_per_request": "server CPU a request, ms",
}


def draw(results: Results, folder: Path) -> list[Path]:
    """All that the results are enough for; what was drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures(results):
        paths.append(folder / f"{name}.png")
        _save(figure, paths[-1])
    return paths


def figures(results: Results) -> Iterator[tuple[str, Any]]:
    """The name and the matplotlib figure of each picture."""
    for name in results.scenarios():
        yield name, _scenario(results, name)
    for path in dict.fromkeys(knee.path for knee in results.knees):
        yield f"knee-{path.strip('/').partition('?')[0]}", _knees(results, path)
    if results.closed and results.open:
        yield "closed-and-open", _closed_and_open(results.closed, results.open)


def _figure(panels: int, title: str, height: float) -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, panels, figsize=(10, height), squeeze=False)
    figure.suptitle(title, x=0.02, ha="left", color=INK, fontsize=12)
    for axis in axes[0]:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(length=0, colors=INK)
    return figure, axes[0]


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot

    figure.tight_layout()
    # Without matplotlib's version in it, so that the same figures make the same file.
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def _scenario(results: Results, name: str) -> Any:
    steps = results.steps(name)
    plan = SCENARIOS[name]
    figure, axes = _figure(len(PANELS), f"{name} · {plan.users} visitors: {plan.about}", 3.4)
    for axis, (measure, title) in zip(axes, PANELS.items(), strict=True):
        values = {step: results.value(measure, name, step) for step in steps}
        bound = {step: measure == "throughput" and results.generator_bound(name, step) for step in steps}
        failed = {step: _failed(results, name, step) for step in steps if measure == "throughput"}
        _bars(axis, values, bound, title, failed)
    if any(results.generator_bound(name, step) for step in steps):
        axes[0].set_xlabel("pale: generator-bound, the server could do more", fontsize=8, color=INK)
    return figure


def _bars(
    axis: Any,
    values: Mapping[int, float],
    bound: Mapping[int, bool],
    title: str,
    beside: Mapping[int, str] = MappingProxyType({}),
) -> None:
    """One bar a step, its figure beside it; from a factor of 30 on the scale is logarithmic, and says so."""
    known = [value for value in values.values() if value > 0]
    logarithmic = bool(known) and max(known) > 30 * min(known)
    places = range(len(values))
    colours = [BOUND if bound[step] else OURS for step in values]
    shown = [0.0 if math.isnan(value) else value for value in values.values()]
    axis.barh(places, shown, color=colours, height=0.65)
    axis.set_yticks(places, [f"step {step:02}" for step in values])
    axis.invert_yaxis()
    axis.set_title(title + (" (log scale)" if logarithmic else ""), fontsize=10, color=INK, loc="left")
    if logarithmic:
        axis.set_xscale("log")
        axis.set_xlim(min(known) / 2, max(known) * 6)
    else:
        axis.set_xlim(0, max([*known, 0.001]) * 1.35)
    axis.tick_params(labelbottom=False, which="both", length=0)
    axis.spines[["bottom"]].set_visible(False)
    for place, (step, value) in zip(places, values.items(), strict=True):
        at = value if value > 0 else axis.get_xlim()[0]
        axis.text(at, place, f" {figure_of(value)}{beside.get(step, '')}", va="center", fontsize=9, color=INK)


def _failed(results: Results, name: str, step: int) -> str:
    failed = results.value("error_rate", name, step)
    return f" ({failed:.0%} failed)" if failed >= 0.005 else ""


def _knees(results: Results, path: str) -> Any:
    knees = [knee for knee in results.knees if knee.path == path]
    figure, (axis,) = _figure(1, f"the highest rate of arrivals that {path} bears within its objective", 3.4)
    values = {knee.step: knee.rate for knee in knees}
    _bars(axis, values, {knee.step: knee.generator_bound for knee in knees}, "arrivals a second")
    if any(knee.generator_bound for knee in knees):
        axis.set_xlabel("pale: generator-bound, the server could do more", fontsize=8, color=INK)
    return figure


def _closed_and_open(closed: Run, opened: Run) -> Any:
    figure, (axis,) = _figure(1, "one server, stopped for a second: what closed and open load see of it", 3.6)
    parts = [number / 1000 for number in range(500, 1000, 5)] + [0.999]
    for run, colour, words in (
        (closed, BAD, "closed: visitors wait"),
        (opened, OURS, "open: arrivals go on"),
    ):
        times = [percentile(run.times, part) for part in parts]
        axis.plot([100 * part for part in parts], times, color=colour, linewidth=2, label=words)
    axis.set_yscale("log")
    axis.set_xlabel("percentile of all requests", color=INK)
    axis.set_ylabel("answered within, ms (log scale)", color=INK)
    axis.legend(frameon=False, loc="upper left")
    axis.grid(axis="y", color="#e3e8ea")
    return figure


def figure_of(value: float) -> str:
    """Rounded as far as it can be trusted; a dash for what is unknown."""
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2g}"
