"""What an event is, and the scene on which it happens."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from checks.claim import Trouble
from checks.site import Site
from trials.ill_app import IllApp
from trials.load import Load
from trials.outcome import Told
from trials.stage import Stage
from trials.traffic import Traffic
from trials.writer import Writer

PATIENCE = 60.0


class CannotHappen(Exception):
    """Why an event cannot be shown on this machine, in one line."""


@dataclass
class Scene(Told):
    """The stage while visitors ask, and what is told of it."""

    stage: Stage
    load: Load
    writer: Writer
    say: Callable[[str], None]
    lasts: float  # seconds that the event lasts, where we choose
    ill: IllApp | None = None  # what stood in an app's place
    connections: int = 0  # that a killed process held

    @contextmanager
    def marked(self, what: str) -> Iterator[None]:
        """Mark the time of the block on the chart."""
        self.say(what)
        began = time.monotonic()
        try:
            yield
        finally:
            self.spans.append((began, time.monotonic(), what))

    def pid(self, name: str) -> int:
        """The process with that name, as soon as it lives."""
        found: dict[str, int] = {}
        self.wait(lambda: name in found or bool(found.update(self.stage.step.pids())), f"{name} runs")
        return found[name]

    def worker_of(self, name: str) -> psutil.Process:
        """A child of it."""
        parent = psutil.Process(self.pid(name))
        self.wait(lambda: bool(parent.children()), f"{name} has a worker")
        return parent.children()[0]

    def wait(self, holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Until it holds; Trouble if it never does."""
        deadline = time.monotonic() + patience
        while not holds():
            if time.monotonic() > deadline:
                raise Trouble(f"in {patience:.0f} s it did not come true that {what}")
            time.sleep(0.05)

    def wait_until_whole(self) -> None:
        """All three apps answer, through nginx."""
        seen: set[str] = set()

        def all_answer() -> bool:
            with Site(self.stage.target, PATIENCE) as site:
                seen.add(site.get("/whoami").field("x-served-by"))
            return {"app1", "app2", "app3"} <= seen

        self.wait(all_answer, "all three apps answer")


@dataclass(frozen=True)
class Event:
    """Something that happens to the stack while visitors ask."""

    id: str
    title: str
    about: str  # what is about to happen, and what should come of it
    happen: Callable[[Scene], None]
    allowed: frozenset[str] = (
        frozenset()
    )  # kinds of failed GETs that the event cannot avoid; the text explains
    judge: Callable[[Scene, Traffic], None] = lambda scene, traffic: None  # notes misses of its own

    @property
    def goal(self) -> str:
        """In the words of the table."""
        return f"only {', '.join(sorted(self.allowed))}" if self.allowed else "0 failed"
