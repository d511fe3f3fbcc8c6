"""One event under load, from the start of the stack to the judgement."""

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checks.claim import Trouble
from trials.event import Event, Scene
from trials.load import PROCESSES, load, orders_for
from trials.stage import Stage, on_stage
from trials.traffic import SLICE, Traffic
from trials.writer import Writer

MARKED_WORDS = "second edition"


@dataclass(frozen=True)
class Size:
    """How much is asked for."""

    gets: int  # at least so many GETs in all
    before: float  # seconds of load before the event
    after: float  # and after it
    lasts: float  # seconds that an event lasts, where we choose


WHOLE, SHORT = Size(50_000, 3.0, 4.0, 8.0), Size(200, 0.5, 1.0, 2.0)


@dataclass
class Result:
    """What came of an event; plain values that JSON can hold."""

    event: str
    date: str
    seconds: float
    sent: int
    failures: dict[str, int]
    again: dict[str, int]
    by_apps: int
    new_connections: int
    median: int  # milliseconds
    slow: int  # the 99th percentile
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
        """GETs without a whole 200."""
        return sum(self.failures.values())


def result_from(values: dict[str, Any]) -> Result:
    """Back from JSON."""
    return Result(**values)


def run(event: Event, size: Size, say: Callable[[str], None], watch: Callable[[int], None]) -> Result:
    """Start the stack, and let it happen there; `watch` hears how many GETs there were."""
    say("starting step 07")
    with on_stage("step07") as stage:
        return run_on(stage, event, size, say, watch)


def run_on(
    stage: Stage, event: Event, size: Size, say: Callable[[str], None], watch: Callable[[int], None]
) -> Result:
    """Let visitors in, let it happen, and judge."""
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    writer = Writer(stage.target)
    orders = orders_for(stage.target, mark=MARKED_WORDS)
    with load(*[orders] * PROCESSES) as visitors:
        scene = Scene(stage, visitors, writer, say, size.lasts)
        scene.wait_until_whole()
        began = time.monotonic()
        first = visitors.sent
        writer.start()
        try:
            _go_on(scene, size.before, 0, watch)
            event.happen(scene)
            say("the load goes on")
            _go_on(scene, size.after, size.gets + first, watch)
            scene.wait(lambda: _all_asked_again(visitors.so_far()), "whoever broke off has asked again")
        except BaseException:
            writer.leave()
            raise
        writer.stop()
        ended = time.monotonic()
    return _judged(event, scene, visitors.so_far(), date, began, ended)


def _go_on(scene: Scene, seconds: float, gets: int, watch: Callable[[int], None]) -> None:
    """For at least so many seconds, and until there were so many GETs."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline or scene.load.sent < gets:
        time.sleep(0.1)
        watch(scene.load.sent)


def _all_asked_again(traffic: Traffic) -> bool:
    """Whether each visit that got no answer was followed by its second try, which may take seconds."""
    unanswered = sum(number for what, number in traffic.failures.items() if not what.startswith("status"))
    return traffic.again.total() >= unanswered


def _judged(event: Event, scene: Scene, traffic: Traffic, date: str, began: float, ended: float) -> Result:
    writer = scene.writer
    unexpected = {what: number for what, number in traffic.failures.items() if what not in event.allowed}
    scene.expect(not unexpected, f"GETs failed: {unexpected}")
    scene.expect(not writer.twice, f"{len(writer.twice)} entries are in the book twice")
    scene.expect(not writer.missing, f"{len(writer.missing)} confirmed entries are missing")
    scene.expect(bool(writer.confirmed), "no POST was confirmed")
    try:
        event.judge(scene, traffic)
    except Trouble as trouble:
        scene.misses.append(str(trouble))
    first = min(traffic.slices, default=0)
    numbers = range(first, int(ended / SLICE) + 1)
    slices = [traffic.slices.get(number) for number in numbers]
    return Result(
        event=event.id,
        date=date,
        seconds=round(ended - began, 1),
        sent=traffic.sent,
        failures=dict(traffic.failures),
        again=dict(traffic.again),
        by_apps=sum(number for app, number in traffic.served_by.items() if app),
        new_connections=traffic.connections,
        median=traffic.percentile(0.5),
        slow=traffic.percentile(0.99),
        slowest=traffic.slowest,
        posts=dict(writer.answers),
        twice=len(writer.twice),
        missing=len(writer.missing),
        facts=scene.facts,
        misses=scene.misses,
        spans=[
            (round(a - first * SLICE, 2), round(b - first * SLICE, 2), what) for a, b, what in scene.spans
        ],
        slices=[(one.answered, one.failed.total()) if one else (0, 0) for one in slices],
    )
