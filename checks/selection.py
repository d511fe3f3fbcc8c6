"""Some of the checks, by the names that a person typed."""

from collections.abc import Sequence

from checks.claim import Check
from checks.registry import every_check


class UnknownCheck(Exception):
    """A check was named that does not exist."""


def chosen(names: Sequence[str]) -> list[Check]:
    """The checks with these ids, in the order of the list; all if none is named."""
    known = {check.id: check for check in every_check()}
    for name in names:
        if name not in known:
            raise UnknownCheck(f"there is no check {name}; python -m checks list has them all")
    return [check for check in known.values() if not names or check.id in names]
