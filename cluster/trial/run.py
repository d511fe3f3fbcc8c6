"""One event under load on a running cluster, from the first visitor to the judgement."""

import datetime
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from cluster.swarm import wait_until
from cluster.trial.events import MARK, Event
from cluster.trial.scene import Scene
from trials.load import load
from trials.traffic import SLICE, Traffic
from trials.writer import Writer

BEFORE, AFTER = 5.0, 5.0  # seconds of load


@dataclass
class Result:
    """What came of an event; plain values that JSON can hold."""

    event: str
    date: str
    seconds: float
    sent: int
    failures: dict[str, int]  # of first tries
    again: dict[str, int]  # what the second tries met: "answered", or how they failed
    healed: float  # seconds from the event until all was whole again
    failing: float  # seconds between the first failed visit and the last
    slow: int  # milliseconds: the 99th percentile
    slowest: float  # seconds
    posts: dict[str, int]
    twice: int
    missing: int
    facts: list[str]
    misses: list[str]
    spans: list[tuple[float, float, str]]  # seconds from the beginning
    slices: list[tuple[int, int]]  # answered, failed
    machine: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """Visits that got no whole 200 at the first try: what a client meets that never tries again."""
        return sum(self.failures.values())

    @property
    def lost(self) -> int:
        """Visits without a whole 200 at the second try either; an error that came is not tried again."""
        statuses = sum(number for what, number in self.failures.items() if what.startswith("status"))
        return statuses + sum(number for what, number in self.again.items() if what != "answered")


def run(event: Event, scene: Scene, watch: Callable[[int], None]) -> Result:
    """Let visitors in, let it happen, and judge; the cluster is left as the event leaves it."""
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
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
    return _judged(event, scene, traffic, writer, (date, began, ended))


def _go_on(scene: Scene, seconds: float, watch: Callable[[int], None]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.1)
        watch(scene.load.sent)


def _judged(
    event: Event, scene: Scene, traffic: Traffic, writer: Writer, when: tuple[str, float, float]
) -> Result:
    date, began, ended = when
    unexpected = {what: number for what, number in traffic.failures.items() if what not in event.allowed}
    scene.expect(not unexpected, f"visits failed: {unexpected}")
    allowed = event.allowed_again | {"answered"}
    again = {what: number for what, number in traffic.again.items() if what not in allowed}
    scene.expect(not again, f"visits failed at another node too: {again}")
    scene.expect(not writer.twice, f"{len(writer.twice)} entries are in the book twice")
    scene.expect(not writer.missing, f"{len(writer.missing)} confirmed entries are missing")
    scene.expect(bool(writer.confirmed), "no POST was confirmed")
    event.judge(scene, traffic)
    first, failing = min(traffic.slices), [n for n, one in traffic.slices.items() if one.failed]
    slices = [traffic.slices.get(number) for number in range(first, int(ended / SLICE) + 1)]
    return Result(
        event=event.id,
        date=date,
        seconds=round(ended - began, 1),
        sent=traffic.sent,
        failures=dict(traffic.failures),
        again=dict(traffic.again),
        healed=round(scene.healed, 1),
        failing=(max(failing) - min(failing) + 1) * SLICE if failing else 0.0,
        slow=traffic.percentile(0.99),
        slowest=traffic.slowest,
        posts=dict(Counter(writer.answers)),
        twice=len(writer.twice),
        missing=len(writer.missing),
        facts=scene.facts,
        misses=scene.misses,
        spans=[
            (round(a - first * SLICE, 2), round(b - first * SLICE, 2), what) for a, b, what in scene.spans
        ],
        slices=[(one.answered, one.failed.total()) if one else (0, 0) for one in slices],
    )
