"""The cases of abuse, in the order in which they are shown."""

from trials.abuse_case import Case
from trials.abuses import bodies, crowds, fields, floods, requests

CASES: tuple[Case, ...] = (*crowds.CASES, *floods.CASES, *bodies.CASES, *fields.CASES, *requests.CASES)


def named(names: list[str]) -> list[Case]:
    """Those cases; all if none is named. LookupError names the first that there is not."""
    known = {case.id: case for case in CASES}
    for name in names:
        if name not in known:
            raise LookupError(f"there is no EVENT={name}; there are {' '.join(known)}")
    return [known[name] for name in names] or list(CASES)
