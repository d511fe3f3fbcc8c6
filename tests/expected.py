"""Compare what a lesson promises with what a command printed.

``…`` inside a line stands for anything on that line; alone on a line, for any number of lines.
A remark after `` ←`` is the author's, and not part of the output.
"""

import difflib
import re
from collections.abc import Sequence

_REMARK = re.compile(r"(^|\s+)←.*$")
# Colours, and the links that curl puts behind a Location.
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_JOB_NOTICE = re.compile(r"^\[\d+\][+-]?\s")
_DEATH_NOTICE = re.compile(r"^\S+: line \d+: +\d+ (Killed|Terminated|Interrupt|Stopped|Hangup)\b")


def promised(text: str) -> list[str]:
    """The lines that a lesson promises: without remarks, and without the notices of an interactive shell."""
    kept = [_REMARK.sub("", line).rstrip() for line in text.splitlines()]
    return _trimmed([line for line in kept if not _JOB_NOTICE.match(line)])


def printed(text: str) -> list[str]:
    """The lines that a command printed, as a person sees them."""
    lines = [line.rstrip() for line in _COLOUR.sub("", text).replace("\r\n", "\n").split("\n")]
    return _trimmed([line for line in lines if not (_DEATH_NOTICE.match(line) or _JOB_NOTICE.match(line))])


def matches(wanted: Sequence[str], got: Sequence[str]) -> bool:
    return re.fullmatch(_pattern(wanted), "".join(line + "\n" for line in got)) is not None


def difference(wanted: Sequence[str], got: Sequence[str]) -> list[str]:
    """A unified diff in which a line that fits a pattern counts as equal to it."""
    patterns = [(line, re.compile(_line_pattern(line))) for line in wanted if line.strip() != "…"]
    as_promised = [next((line for line, rule in patterns if rule.fullmatch(one)), one) for one in got]
    differing = difflib.ndiff(list(wanted), as_promised)
    return [line for line in differing if line[0] in " +-" and line.strip() != "- …"]


def _pattern(wanted: Sequence[str]) -> str:
    any_lines = r"(?:[^\n]*\n)*?"
    return "".join(any_lines if line.strip() == "…" else _line_pattern(line) + r"\n" for line in wanted)


def _line_pattern(line: str) -> str:
    return r"[^\n]*?".join(re.escape(part) for part in line.split("…"))


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines.pop()
    return lines
