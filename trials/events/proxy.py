"""What happens to nginx itself, through which every visit goes."""

import os
import signal
import time

import psutil

from trials.event import Event, Scene
from trials.traffic import BROKEN, CUT, Traffic

NGINX = "step07-nginx"
RELOADS = 3


def reload(scene: Scene) -> None:
    """Three times in a row: a worker that has to go finishes what it has begun, and new ones take over."""
    main = scene.pid(NGINX)
    before = {child.pid for child in psutil.Process(main).children()}
    for number in range(RELOADS):
        with scene.marked(f"nginx reloads ({number + 1} of {RELOADS})"):
            os.kill(main, signal.SIGHUP)
            time.sleep(2.0)
    now = {child.pid for child in psutil.Process(main).children() if child.status() != psutil.STATUS_ZOMBIE}
    scene.expect(bool(now - before), "no worker was replaced")


def kill_worker(scene: Scene) -> None:
    """The connections that it holds end with it; its parent forks another."""
    worker = scene.worker_of(NGINX)
    with scene.marked("kill -9 a worker of nginx"):
        scene.connections = len(worker.net_connections("tcp"))
        worker.kill()
        time.sleep(1.0)


def judge_killed_worker(scene: Scene, traffic: Traffic) -> None:
    """Not more than the connections that it held; and each was answered when it asked again."""
    failed, again = traffic.failed, traffic.again
    scene.expect(failed <= scene.connections, f"{failed} failed, and it held {scene.connections} connections")
    scene.expect(again["answered"] == failed, f"{failed} failed, and asked again {dict(again)}")
    scene.facts.append(
        f"It held {scene.connections} sockets. {failed} visits broke; each of them asked once more, "
        f"as a browser "
        f"does by itself, and {again['answered']} were answered."
    )


EVENTS = (
    Event(
        "reload",
        "Reload of nginx, three times",
        "`kill -HUP`, as a renewed certificate needs it. Old workers finish; a connection that is "
        "idle at that "
        "moment is kept for five seconds more (`keepalive_min_timeout`), so that a request that is "
        "on its way "
        "over it is still answered.",
        reload,
    ),
    Event(
        "killed-proxy",
        "SIGKILL of an nginx worker",
        "One of nginx's workers is killed. The visitors' connections that it held break, and nothing "
        "in front "
        "of nginx could hide that. Its parent forks another within milliseconds; whoever asks again is "
        "served. A browser does so by itself.",
        kill_worker,
        allowed=frozenset({BROKEN, CUT}),
        judge=judge_killed_worker,
    ),
)
