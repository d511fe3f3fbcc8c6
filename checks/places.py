"""Where the steps can run while they are checked: a place by its name."""

from contextlib import AbstractContextManager

from checks.native import native_targets
from checks.target import Target

PLACES = ("native", "containers")


class NoSuchPlace(Exception):
    """Why the steps cannot run there, in one line."""


def targets_in(place: str, steps: list[str]) -> AbstractContextManager[dict[str, Target]]:
    """Start these steps in that place, on free ports; stop them afterwards."""
    if place == "native":
        return native_targets(*steps)
    if place == "containers":
        raise NoSuchPlace(
            "TARGET=containers is not there yet: the steps run natively for now (TARGET=native)"
        )
    raise NoSuchPlace(f"there is no TARGET={place}; there are {' and '.join(PLACES)}")
