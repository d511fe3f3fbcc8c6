"""What happens to Redis, which holds sessions and entries."""

import os
import signal

from trials.event import Event, Scene
from trials.traffic import Traffic

REDIS = "step07-redis"


def restart(scene: Scene) -> None:
    """As for an upgrade of Redis: ended in order, started at once."""
    step = scene.stage.step
    before = scene.pid(REDIS)
    with scene.marked("restart Redis"):
        step.stop(REDIS)
        scene.wait(lambda: REDIS not in step.pids(), "Redis has stopped")
        step.start(REDIS)
        scene.wait(lambda: step.pids().get(REDIS, before) != before, "Redis runs again")


def kill(scene: Scene) -> None:
    """The supervisor notices within a second."""
    before = scene.pid(REDIS)
    with scene.marked("kill -9 Redis"):
        os.kill(before, signal.SIGKILL)
        scene.wait(lambda: scene.stage.step.pids().get(REDIS, before) != before, "Redis runs again")


def judge_killed(scene: Scene, traffic: Traffic) -> None:
    """Only the page that needs Redis may fail, and only with a 503."""
    scene.facts.append(
        f"{traffic.failures['status 503']:,} visits of the page of entries got the honest 503."
    )


EVENTS = (
    Event(
        "redis-restart",
        "Redis restarted",
        "Redis ends in order and is started anew; it reads its append-only file. The apps try a broken "
        "connection again after 50, 100 and 200 ms, which bridges it.",
        restart,
    ),
    Event(
        "redis-killed",
        "SIGKILL of Redis",
        "Redis is killed; the supervisor notices within a second. Until then the page of entries is "
        "an honest "
        "503 with `Retry-After`; all that needs no store is served. No confirmed entry may be lost.",
        kill,
        allowed=frozenset({"status 503"}),
        judge=judge_killed,
    ),
)
