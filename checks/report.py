"""One outcome as a person reads it: the reason, the bytes, the likely cause, and the command to try by hand.

Whatever came from a site is shown escaped: a site must not be able to write to the reader's terminal.
"""

import textwrap
from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from checks.claim import Culprit, Evidence, Moment, Verdict
from checks.runner import Outcome

STYLES = {
    Verdict.KEPT: "bold green",
    Verdict.BROKEN: "bold red",
    Verdict.ABSENT: "bold yellow",
    Verdict.SKIPPED: "bold cyan",
}
SIGNS = {Verdict.KEPT: "✓", Verdict.BROKEN: "✗", Verdict.ABSENT: "–", Verdict.SKIPPED: "○"}
ASCII_SIGNS = {Verdict.KEPT: "+", Verdict.BROKEN: "x", Verdict.ABSENT: "-", Verdict.SKIPPED: "o"}
INDENT = 10  # of everything below an outcome's first line: the labels stand in it
ROWS = 5  # of bytes, around the offending one
MOMENTS = 6  # of the timeline, the last ones


def render_outcome(outcome: Outcome, details: bool | None = None) -> RenderableType:
    """The outcome; with its bytes, its hint and its command unless it is kept (or as `details` says)."""
    return _Rendered(outcome, outcome.verdict is not Verdict.KEPT if details is None else details)


class _Rendered:
    def __init__(self, outcome: Outcome, details: bool):
        self.outcome, self.details = outcome, details

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _first_lines(self.outcome, options.ascii_only, options.max_width, whole=self.details)
        yield from _labelled("", summary(self.outcome.evidence), options.max_width)
        if self.details:
            yield from _details(self.outcome, options.max_width)


def summary(evidence: Evidence) -> str:
    """What came out, in one sentence, with its figure."""
    if evidence.figure is None:
        return printable(evidence.says)
    figure = f"{evidence.figure:,.1f}".removesuffix(".0")
    return f"{printable(evidence.says)}: {figure} {evidence.unit}".rstrip()


def _first_lines(outcome: Outcome, ascii_only: bool, width: int, whole: bool) -> Iterator[Text]:
    """The verdict, the name and the question; a question that is too long goes on below, or is cut short."""
    sign = (ASCII_SIGNS if ascii_only else SIGNS)[outcome.verdict]
    start = Text.assemble(
        (f"{sign} {outcome.verdict:<{INDENT - 2}}", STYLES[outcome.verdict]), (outcome.check.id, "bold"), "  "
    )
    first, *others = textwrap.wrap(outcome.check.question, max(20, width - start.cell_len))
    if whole or not others:
        yield start + Text(first)
        yield from _labelled("", " ".join(others), width) if others else ()
    else:
        line = start + Text(outcome.check.question)
        line.truncate(width, overflow="ellipsis")
        yield line


def _details(outcome: Outcome, width: int) -> Iterator[Text]:
    evidence = outcome.evidence
    if evidence.culprit:
        yield from _labelled("bytes", f"{printable(evidence.culprit.whose)}:", width)
        yield from _bytes(evidence.culprit, width)
    elif evidence.verdict is Verdict.BROKEN and outcome.timeline:
        yield from _timeline(outcome.timeline, width)
    if hint := outcome.hint or _absence(outcome):
        yield from _labelled("hint", hint, width)
    yield from _labelled("see", outcome.check.specification, width)
    for place, line in enumerate(fold_command(outcome.command, width - INDENT - 2)):
        start = f"  {'by hand':<{INDENT - 2}}$ " if place == 0 else " " * (INDENT + 2)
        yield Text.assemble((start, "bold"), (line, "cyan"), no_wrap=True, overflow="ignore")


def _absence(outcome: Outcome) -> str:
    """What to say of a feature that the site does not have."""
    missing = outcome.verdict is Verdict.ABSENT
    return f"Step {outcome.check.since:02} of the course has what is missing here." if missing else ""


def _labelled(label: str, prose: str, width: int) -> Iterator[Text]:
    start = f"  {label:<{INDENT - 2}}"
    for line in textwrap.wrap(prose, max(20, width - INDENT), break_on_hyphens=False) or [""]:
        yield Text.assemble((start, "bold"), line)
        start = " " * INDENT


def _bytes(culprit: Culprit, width: int) -> Iterator[Text]:
    for row, carets in pointed(culprit, width - INDENT - 2):
        yield Text(" " * (INDENT + 2) + row, no_wrap=True)
        if carets:
            yield Text(" " * (INDENT + 2) + carets, "bold red", no_wrap=True)


def _timeline(moments: tuple[Moment, ...], width: int) -> Iterator[Text]:
    label = "seen"
    for moment in moments[-MOMENTS:]:
        line = f"{moment.seconds:6.2f} s  {printable(moment.what)}"
        if moment.data:
            line += f" {len(moment.data)} bytes: {escaped(moment.data)}"
        text = Text.assemble((f"  {label:<{INDENT - 2}}", "bold"), line, no_wrap=True)
        text.truncate(width, overflow="ellipsis")
        yield text
        label = ""


# ---- bytes


def printable(text: str) -> str:
    """The text, with what would move a terminal's cursor as escapes."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def escaped(data: bytes) -> str:
    """Bytes as ASCII, in the way in which Python and most languages write them."""
    return "".join(_ESCAPES[byte] for byte in data)


def _escape(byte: int) -> str:
    named = {0x09: r"\t", 0x0A: r"\n", 0x0D: r"\r", 0x5C: r"\\"}
    return named.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}")


_ESCAPES = [_escape(byte) for byte in range(256)]


def pointed(culprit: Culprit, width: int) -> list[tuple[str, str]]:
    """Rows of escaped bytes, a new one after each line feed; carets under those that decide, or "".

    Only the rows around the first caret: `…` stands for what is left out. What is missing at the end (`at`
    lies behind the last byte) has a caret behind it.
    """
    rows: list[tuple[str, str]] = [("", "")]
    first = -1
    for place, piece in enumerate([*(_ESCAPES[byte] for byte in culprit.data), ""]):
        row, carets = rows[-1]
        if row and (len(row) + len(piece) > width or row.endswith(r"\n") and _ends_line(culprit.data, place)):
            rows.append(("", ""))
            row, carets = "", ""
        if culprit.at <= place < culprit.at + max(1, culprit.length):
            first = len(rows) - 1 if first < 0 else first
            carets = carets.ljust(len(row)) + "^" * max(1, len(piece))
        rows[-1] = (row + piece, carets)
    return _around([one for one in rows if one != ("", "")], max(0, first))


def _ends_line(data: bytes, place: int) -> bool:
    return data[place - 1 : place] == b"\n" and place < len(data)


def _around(rows: list[tuple[str, str]], first: int) -> list[tuple[str, str]]:
    start = max(0, min(first - ROWS // 2, len(rows) - ROWS))
    shown = rows[start : start + ROWS]
    before = [("…", "")] if start else []
    after = [("…", "")] if start + ROWS < len(rows) else []
    return [*before, *shown, *after]


# ---- commands


def fold_command(command: str, width: int) -> list[str]:
    """A command in lines of at most that width where possible, which a shell reads as the same command."""
    lines = [""]
    for word in _words(command):
        if lines[-1] and len(lines[-1]) + len(word) + 2 > width:
            lines[-1] = lines[-1].rstrip(" ") + " \\"
            lines.append(word)
        else:
            lines[-1] += word
    return [line if line.endswith("\\") else line.rstrip() for line in lines]


def _words(command: str) -> Iterator[str]:
    """The command in pieces that may stand on lines of their own, each with the blank behind it.

    Quotes stay whole, and so does a comment, in which a backslash continues nothing.
    """
    word, quote, before = "", "", ""
    for one in command:
        word += one
        escaping = before == "\\" and quote != "'"  # between single quotes a backslash is one
        if quote:
            quote = "" if one == quote and not escaping else quote
        elif one in "'\"" and not escaping:
            quote = one
        elif one == "#" and before in ("", " "):
            quote = "\n"  # ends with the line
        elif one == " " and not escaping:
            yield word
            word = ""
        before = "." if escaping else one  # what is escaped escapes nothing
    yield word
