"""A chart of requests and errors over time, the event marked: plain SVG by the standard library."""

from collections.abc import Sequence
from xml.etree import ElementTree

WIDTH, HEIGHT = 760, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 34, 34
INK, GRID, ANSWERED, FAILED, EVENT = "#333", "#ddd", "#2b6cb0", "#c53030", "#f6e05e"
Span = tuple[float, float, str]  # from, to, what


def chart(title: str, slices: Sequence[tuple[int, int]], spans: Sequence[Span], seconds: float) -> str:
    """One column for each slice of so many seconds: (answered, failed)."""
    svg = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img"}
        | {"font-family": "sans-serif", "font-size": "11", "fill": INK},
    )
    ElementTree.SubElement(svg, "title").text = title
    ElementTree.SubElement(svg, "rect", _box(0, 0, WIDTH, HEIGHT, "#fff"))
    slices = slices[: len(slices) - 1] if len(slices) > 1 else slices  # the last one is not whole
    length = max(len(slices) * seconds, seconds)
    highest = _round_up(max((max(pair) / seconds for pair in slices), default=1))
    scale = (WIDTH - LEFT - RIGHT) / length, (HEIGHT - TOP - BOTTOM) / highest
    _spans(svg, spans, scale[0])
    _axes(svg, length, highest, scale)
    _answered(svg, slices, seconds, scale)
    _failures(svg, slices, seconds, scale)
    _legend(svg)
    ElementTree.indent(svg)
    return ElementTree.tostring(svg, encoding="unicode") + "\n"


def _box(x: float, y: float, width: float, height: float, fill: str, **more: str) -> dict[str, str]:
    numbers = {"x": x, "y": y, "width": width, "height": height}
    return {name: f"{number:g}" for name, number in numbers.items()} | {"fill": fill} | more


def _text(svg: ElementTree.Element, x: float, y: float, words: str, anchor: str = "start") -> None:
    place = {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor}
    ElementTree.SubElement(svg, "text", place).text = words


def _round_up(number: float) -> float:
    """To the next 1, 2 or 5 with zeros behind it."""
    ten = 1.0
    while number > 10 * ten:
        ten *= 10
    return next(step * ten for step in (1, 2, 5, 10) if number <= step * ten)


def _spans(svg: ElementTree.Element, spans: Sequence[Span], across: float) -> None:
    for begin, end, what in spans:
        x, width = LEFT + begin * across, max((end - begin) * across, 2)
        box = _box(round(x, 1), TOP, round(width, 1), HEIGHT - TOP - BOTTOM, EVENT, opacity="0.55")
        ElementTree.SubElement(ElementTree.SubElement(svg, "rect", box), "title").text = what
    if spans:
        begin, _, what = spans[0]
        x = LEFT + begin * across
        _text(svg, round(x, 1), TOP - 6, what, "start" if x < WIDTH / 2 else "end")


def _axes(svg: ElementTree.Element, length: float, highest: float, scale: tuple[float, float]) -> None:
    floor = HEIGHT - BOTTOM
    for part in (0, 0.5, 1):
        y = floor - part * highest * scale[1]
        line = {"x1": f"{LEFT}", "x2": f"{WIDTH - RIGHT}", "y1": f"{y:g}", "y2": f"{y:g}", "stroke": GRID}
        ElementTree.SubElement(svg, "line", line)
        _text(svg, LEFT - 6, y + 4, f"{part * highest:,.0f}", "end")
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if length / step <= 12)
    for second in range(0, int(length) + 1, step):
        _text(svg, round(LEFT + second * scale[0], 1), floor + 14, f"{second}", "middle")
    _text(svg, WIDTH - RIGHT, floor + 28, "seconds", "end")


def _answered(
    svg: ElementTree.Element, slices: Sequence[tuple[int, int]], seconds: float, scale: tuple[float, float]
) -> None:
    floor = HEIGHT - BOTTOM
    points = [
        f"{LEFT + (place + 0.5) * seconds * scale[0]:.1f},{floor - answered / seconds * scale[1]:.1f}"
        for place, (answered, _) in enumerate(slices)
    ]
    style = {"points": " ".join(points), "fill": "none", "stroke": ANSWERED, "stroke-width": "1.4"}
    ElementTree.SubElement(svg, "polyline", style)


def _failures(
    svg: ElementTree.Element, slices: Sequence[tuple[int, int]], seconds: float, scale: tuple[float, float]
) -> None:
    for place, (_, failed) in enumerate(slices):
        if failed:
            height = max(failed / seconds * scale[1], 3)  # so that a single one is seen
            x, width = LEFT + place * seconds * scale[0], max(seconds * scale[0], 2)
            box = _box(
                round(x, 1), round(HEIGHT - BOTTOM - height, 1), round(width, 1), round(height, 1), FAILED
            )
            ElementTree.SubElement(svg, "rect", box)


def _legend(svg: ElementTree.Element) -> None:
    for x, colour, words in ((LEFT, ANSWERED, "answered"), (LEFT + 140, FAILED, "failed")):
        ElementTree.SubElement(svg, "rect", _box(x, HEIGHT - 14, 10, 10, colour))
        _text(svg, x + 14, HEIGHT - 5, f"{words} per second")
