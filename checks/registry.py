"""The list of all checks: whatever module stands below `checks/claims/stepNN/` is in it."""

import importlib
import pkgutil
from functools import cache

import checks.claims
from checks.claim import Check


@cache
def every_check() -> tuple[Check, ...]:
    """All checks: by step, those that only talk to the site before those that do something to it, by name."""
    found = []
    for module in pkgutil.walk_packages(checks.claims.__path__, "checks.claims."):
        if not module.ispkg:
            members = vars(importlib.import_module(module.name)).values()
            (check,) = [member for member in members if isinstance(member, Check)]  # one module a claim
            found.append(check)
    return tuple(sorted(found, key=lambda check: (check.since, bool(check.power), check.id)))


def named(name: str) -> Check:
    """The check with that id; KeyError if there is none."""
    return {check.id: check for check in every_check()}[name]


def up_to(step: int) -> list[Check]:
    """What a server of that step is to keep."""
    return [check for check in every_check() if check.since <= step]
