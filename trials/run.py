"""One event under load, from the start of the stack to the judgement."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from checks.claim import Trouble
from trials.event import Event, Scene
from trials.load import PROCESSES, load, orders_for
from trials.outcome import Outcome
from trials.stage import Stage, on_stage
from trials.traffic import Traffic
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


@dataclass(kw_only=True)
class Result(Outcome):
    """What came of an event on one machine."""

    by_apps: int
    new_connections: int
    median: int  # milliseconds


def run(event: Event, size: Size, say: Callable[[str], None], watch: Callable[[int], None]) -> Result:
    """Start the stack, and let it happen there; `watch` hears how many GETs there were."""
    say("starting step 07")
    with on_stage("step07") as stage:
        return run_on(stage, event, size, say, watch)


def run_on(
    stage: Stage, event: Event, size: Size, say: Callable[[str], None], watch: Callable[[int], None]
) -> Result:
    """Let visitors in, let it happen, and judge."""
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
    return _judged(event, scene, visitors.so_far(), began, ended)


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


def _judged(event: Event, scene: Scene, traffic: Traffic, began: float, ended: float) -> Result:
    writer = scene.writer
    unexpected = {what: number for what, number in traffic.failures.items() if what not in event.allowed}
    scene.expect(not unexpected, f"GETs failed: {unexpected}")
    scene.expect_an_honest_book(writer)
    try:
        event.judge(scene, traffic)
    except Trouble as trouble:
        scene.misses.append(str(trouble))
    return Result.of(
        event.id,
        scene,
        traffic,
        writer,
        began,
        ended,
        by_apps=sum(number for app, number in traffic.served_by.items() if app),
        new_connections=traffic.connections,
        median=traffic.percentile(0.5),
    )
