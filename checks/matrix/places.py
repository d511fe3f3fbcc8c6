"""Where the steps can run while they are checked: a place by its name."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from checks.containers import container_targets
from checks.native import native_targets
from checks.target import Target
from launcher.errors import LaunchError

PLACES = {"native": native_targets, "containers": container_targets}


class NoSuchPlace(Exception):
    """There is no place of that name, in one line."""


class CannotRun(Exception):
    """Why the steps do not run there."""


@contextmanager
def targets_in(place: str, steps: Sequence[int]) -> Iterator[dict[int, Target]]:
    """Start these steps in that place, side by side on free ports; stop them afterwards."""
    starts = PLACES.get(place or "native")
    if starts is None:
        raise NoSuchPlace(f"there is no TARGET={place}; there are {' and '.join(PLACES)}")
    with ExitStack() as stack:
        try:
            found = stack.enter_context(starts(*(f"step{step:02}" for step in steps)))
        except (RuntimeError, LaunchError) as error:
            raise CannotRun(str(error)) from error
        targets = {int(name.removeprefix("step")): target for name, target in found.items()}
        if missing := [f"step{step:02}" for step in steps if step not in targets]:
            raise CannotRun(f"{' and '.join(missing)} cannot run here; make doctor says what is missing")
        yield targets
