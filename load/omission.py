"""Closed beside open load: the same server, stopped for a second under each, and what either says of it.

Twenty visitors who wait for each answer meet the pause once each. Arrivals at a constant rate go on coming,
and all of those that were due in that second wait. The second is what the world would have met.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from checks.native import NativePowers
from load.figures import Run
from load.generator import Order, generate
from load.knee import measure_rate
from load.sites import Aim

VISITORS, SECONDS, PAUSE, PATIENCE = 20, 6.0, 1.0, 5.0
PATH = "/hello?name=load"
RATE = 100.0  # arrivals a second: far below what the step bears


def both(aim: Aim, freezer: NativePowers, say: Callable[[str], None]) -> tuple[Run, Run]:
    """One run of each, with the same pause in its middle."""
    app = next(one.name for one in freezer.processes() if one.role == "app")
    say("closed load, and a server that stops for a second")
    with _paused(freezer, app) as pause:
        closed = generate(
            Order(aim, ("Greeted",), VISITORS, SECONDS, PATIENCE, leave=PATIENCE), during=pause.start
        )
    say("open load, and a server that stops for a second")
    with _paused(freezer, app) as pause:
        opened = measure_rate(aim, PATH, RATE, SECONDS, during=pause.start)
    return replace(closed, scenario="closed"), replace(opened, scenario="open")


class _paused:
    """Freezes the server once, two seconds after `start`; when the block ends it surely goes on."""

    def __init__(self, freezer: NativePowers, app: str) -> None:
        self.freezer, self.app = freezer, app
        self.thread = threading.Thread(target=self._pause, daemon=True)

    def __enter__(self) -> "_paused":
        return self

    def __exit__(self, *_: object) -> None:
        if self.thread.is_alive():
            self.thread.join()
        self.freezer.thaw(self.app)

    def start(self) -> None:
        """The visitors are there."""
        self.thread.start()

    def _pause(self) -> None:
        time.sleep(SECONDS / 3)
        self.freezer.freeze(self.app)
        time.sleep(PAUSE)
        self.freezer.thaw(self.app)
