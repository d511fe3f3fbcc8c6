"""The picture of the comparison: a field for each page, a bar for each deployment."""

from pathlib import Path
from typing import Any

from bench.stack import plan
from bench.stack.crowd import SLOW_CLIENTS
from bench.stack.results import Results

OURS, THEIRS, ALONE, INK = "#0b6b6b", "#8fa3ad", "#d9a441", "#33444c"
OURS_PALE, THEIRS_PALE, ALARM = "#8fc4bf", "#cfd8dd", "#a8391f"
ALONE_PALE = "#efdcb0"
NOBODY = "answers nobody"


def draw(results: Results, path: Path) -> None:
    """Paint requests for each second of the processor, and below each bar the same beside slow clients."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"font.family": "DejaVu Sans", "font.size": 10, "axes.titlesize": 11})
    figure, axes = pyplot.subplots(2, 3, figsize=(11, 7.4))
    fields = axes.flatten()
    for axis, row in zip(fields, plan.ROWS, strict=False):
        _field(axis, results, row)
    _legend(fields[-1])
    figure.suptitle(
        "Requests for each second of the processor, all server processes together",
        x=0.02,
        ha="left",
        color=INK,
    )
    figure.tight_layout(h_pad=2.0)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def _field(axis: Any, results: Results, row: plan.Row) -> None:
    kinds = [kind for kind in reversed(plan.KINDS) if results.of(kind, row, False)]
    rates = {
        crowd: [results.middle(kind, row, crowd, lambda one: one.rate) or 0.0 for kind in kinds]
        for crowd in (False, True)
    }
    places = range(len(kinds))
    axis.barh(
        [place + 0.14 for place in places], rates[False], color=[_colour(kind) for kind in kinds], height=0.5
    )
    axis.barh(
        [place - 0.25 for place in places],
        rates[True],
        color=[_colour(kind, True) for kind in kinds],
        height=0.2,
    )
    axis.set_xlim(0, max(rates[False]) * 1.22)
    axis.set_yticks(list(places), [kind.name for kind in kinds])
    axis.set_title(row.title, loc="left", color=INK)
    for place, (kind, rate, crowded) in enumerate(zip(kinds, *rates.values(), strict=True)):
        text = f"{rate:,.0f}" if rate < 1000 else f"{rate / 1000:,.1f}k"
        _write(axis, text, (rate, place + 0.12), 9, INK, "bold" if kind.ours else "normal")
        if not crowded:
            _write(axis, NOBODY, (0, place - 0.27), 8, ALARM)
    for label, kind in zip(axis.get_yticklabels(), kinds, strict=True):
        label.set_fontweight("bold" if kind.ours else "normal")
    axis.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axis.tick_params(length=0, which="both", labelbottom=False, colors=INK)


def _write(
    axis: Any, text: str, place: tuple[float, float], size: int, colour: str, weight: str = "normal"
) -> None:
    words = axis.annotate(text, place, (4, 0), textcoords="offset points", va="center", fontsize=size)
    words.set(color=colour, fontweight=weight, in_layout=False)


def _colour(kind: plan.Kind, pale: bool = False) -> str:
    if kind in plan.FILES_ONLY:
        return ALONE_PALE if pale else ALONE
    return (OURS_PALE if pale else OURS) if kind.ours else (THEIRS_PALE if pale else THEIRS)


def _legend(axis: Any) -> None:
    axis.axis("off")
    for colour, words in (
        (OURS, "this course"),
        (OURS_PALE, f"… beside {SLOW_CLIENTS} slow clients"),
        (THEIRS, "what people copy"),
        (THEIRS_PALE, f"… beside {SLOW_CLIENTS} slow clients"),
        (ALONE, "nginx with nothing else to do"),
    ):
        axis.barh([0], [0], color=colour, label=words)
    axis.legend(loc="center left", frameon=False, labelcolor=INK)
