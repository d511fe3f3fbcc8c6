"""A visitor's cache: what is fresh is not asked for, what is stale is asked for on a condition.

RFC 9111, the part that this site uses: `max-age`, `no-cache`, `no-store`, and the validators of RFC 9110,
8.8.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Stored:
    """One answer that is kept: until when it is fresh, and by which header fields it is asked for again."""

    fresh_until: float
    conditions: Mapping[str, str]


class Cache:
    """One visitor's. Times are seconds of one clock, whichever."""

    def __init__(self) -> None:
        self._kept: dict[str, Stored] = {}

    def is_fresh(self, path: str, now: float) -> bool:
        """Whether a browser would not even ask."""
        kept = self._kept.get(path)
        return kept is not None and now < kept.fresh_until

    def conditions(self, path: str) -> dict[str, str]:
        """The header fields that make a request conditional; none if nothing is kept."""
        kept = self._kept.get(path)
        return dict(kept.conditions) if kept else {}

    def keep(self, path: str, fields: Mapping[str, str], now: float) -> None:
        """An answer has come: 200 with its content, or 304, which makes the kept one fresh again."""
        lower = {name.lower(): value for name, value in fields.items()}
        control = lower.get("cache-control", "")
        if "no-store" in control:
            self._kept.pop(path, None)
            return
        age = re.search(r"max-age=(\d+)", control)
        fresh = now + int(age[1]) if age and "no-cache" not in control else now
        validators = {"If-None-Match": "etag", "If-Modified-Since": "last-modified"}
        found = {condition: lower[name] for condition, name in validators.items() if name in lower}
        if found or fresh > now:
            # A 304 need not repeat its validators: those that are known stay.
            self._kept[path] = Stored(fresh, {**self.conditions(path), **found})
