"""One event under load on a running cluster, from the first visitor to the judgement."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from cluster.swarm import wait_until
from cluster.trial.events import MARK, Event
from cluster.trial.scene import Scene
from trials.load import load
from trials.outcome import Outcome
from trials.traffic import SLICE, Traffic
from trials.writer import Writer

BEFORE, AFTER = 5.0, 5.0  # seconds of load


@dataclass(kw_only=True)
class Result(Outcome):
    """What came of an event on the cluster."""

    healed: float  # seconds from the event until all was whole again
    failing: float  # seconds between the first failed visit and the last

    @property
    def lost(self) -> int:
        """Visits without a whole 200 at the second try either; an error that came is not tried again."""
        statuses = sum(number for what, number in self.failures.items() if what.startswith("status"))
        return statuses + sum(number for what, number in self.again.items() if what != "answered")


def run(event: Event, scene: Scene, watch: Callable[[int], None]) -> Result:
    """Let visitors in, let it happen, and judge; the cluster is left as the event leaves it."""
    writer = scene.writer(event.writer_at(scene))
    with load(*scene.orders(MARK)) as visitors:
        scene.load = visitors
        wait_until(lambda: visitors.sent > 0, "visitors are answered", 20)
        began = time.monotonic()
        writer.start()
        try:
            _go_on(scene, BEFORE, watch)
            event.happen(scene)
            scene.say("the load goes on")
            _go_on(scene, AFTER, watch)
        except BaseException:
            writer.leave()
            raise
        writer.stop()
        ended = time.monotonic()
        traffic = visitors.so_far()
    return _judged(event, scene, traffic, writer, began, ended)


def _go_on(scene: Scene, seconds: float, watch: Callable[[int], None]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.1)
        watch(scene.load.sent)


def _judged(
    event: Event, scene: Scene, traffic: Traffic, writer: Writer, began: float, ended: float
) -> Result:
    unexpected = {what: number for what, number in traffic.failures.items() if what not in event.allowed}
    scene.expect(not unexpected, f"visits failed: {unexpected}")
    allowed = event.allowed_again | {"answered"}
    again = {what: number for what, number in traffic.again.items() if what not in allowed}
    scene.expect(not again, f"visits failed at another node too: {again}")
    scene.expect_an_honest_book(writer)
    event.judge(scene, traffic)
    failing = [n for n, one in traffic.slices.items() if one.failed]
    return Result.of(
        event.id,
        scene,
        traffic,
        writer,
        began,
        ended,
        healed=round(scene.healed, 1),
        failing=(max(failing) - min(failing) + 1) * SLICE if failing else 0.0,
    )
