"""Every check at every step, one after the other: two at once would measure each other.

The steps stand side by side all the while, and a check visits them in a row, so that the figures of a row
were measured within seconds of each other.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from checks.claim import Check
from checks.matrix.record import Cell, cell_of
from checks.runner import examine
from checks.target import Target


class Audience(Protocol):
    """Who watches a sweep."""

    def begins(self, check: Check, step: int) -> None:
        """A check begins at a step."""

    def found(self, cell: Cell) -> None:
        """It has ended, with this."""

    def row(self, check: Check) -> None:
        """The check has been at every step."""


def sweep(checks: Sequence[Check], targets: Mapping[int, Target], audience: Audience) -> list[Cell]:
    """Ask every question of every step."""
    cells = []
    for check in checks:
        for step, target in targets.items():
            audience.begins(check, step)
            cell = cell_of(examine(check, target), step, target)
            cells.append(cell)
            audience.found(cell)
        audience.row(check)
    return cells
