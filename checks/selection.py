"""What a person asked for, by the names that they typed: steps and checks."""

from collections.abc import Sequence
from pathlib import Path

from checks.claim import Check
from checks.registry import every_check
from launcher.errors import LaunchError
from launcher.steps import choose


class Unknown(Exception):
    """There is nothing of that name; one line."""


def words(typed: Sequence[str]) -> list[str]:
    """`04 05` may come as two words or, from a setting of make, as one."""
    return " ".join(typed).replace(",", " ").split()


def steps(typed: Sequence[str]) -> list[int]:
    """The numbers of these steps (`04`, `step04`); of all if none is named."""
    try:
        return [step.number for step in choose(Path.cwd(), words(typed))]
    except LaunchError as error:
        raise Unknown(str(error)) from error


def checks(typed: Sequence[str]) -> list[Check]:
    """The checks with these ids, in the order of the list; all if none is named."""
    known = {check.id: check for check in every_check()}
    names = words(typed)
    for name in names:
        if name not in known:
            raise Unknown(f"there is no check {name}; python -m checks list has them all")
    return [check for check in known.values() if not names or check.id in names]
