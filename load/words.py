"""What people write on the command line, read with care: numbers and times."""

import math
import re

from load.address import Misused


def whole(name: str, text: str, default: int, most: int) -> int:
    """A number from 1 to `most`."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise Misused(f"{name}={text} is not a whole number from 1 to {most}")
    return int(text)


def duration(text: str, most: float = 3600.0) -> float:
    """Seconds, from 30, 30s, 1.5m or 1m30s."""
    found = re.fullmatch(r"(?:([0-9]+(?:\.[0-9]+)?)m)?(?:([0-9]+(?:\.[0-9]+)?)s?)?", text.strip())
    seconds = 60 * float(found[1] or 0) + float(found[2] or 0) if found and text.strip() else math.nan
    if not 1 <= seconds <= most:
        raise Misused(f"TIME={text} is not a time from 1s to {most / 60:.0f}m; write 30s, or 2m")
    return seconds
