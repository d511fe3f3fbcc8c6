"""What happens to the apps behind nginx: ended, replaced, frozen, slowed, ill."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from checks.mutants.mutant import Edit, apply
from trials.event import Event, Scene
from trials.ill_app import IllApp
from trials.traffic import Traffic

APPS = ("step07-app1", "step07-app2", "step07-app3")
VICTIM = "step07-app2"
STOPPED, RUNNING = 0.4, 0.04  # seconds, in turn: a tenth of the time
SECOND_EDITION = "second edition"
NEW_CODE = Edit(
    "step07_load_balancing/app.py",
    '"STEP_TITLE": "Load balancing",',
    f'"STEP_TITLE": "Load balancing, {SECOND_EDITION}",',
)


def kill_worker(scene: Scene) -> None:
    """Gunicorn's parent lives, and forks another."""
    worker = scene.worker_of(VICTIM)
    with scene.marked("kill -9 the worker of app2"):
        worker.kill()
        scene.wait(lambda: scene.worker_of(VICTIM).pid != worker.pid, "app2 has a new worker")


def kill_app(scene: Scene) -> None:
    """Parent and worker at once; the supervisor starts the app anew."""
    before = scene.pid(VICTIM)
    with scene.marked("kill -9 the whole of app2"):
        os.killpg(before, signal.SIGKILL)
        scene.wait(lambda: scene.stage.step.pids().get(VICTIM, before) != before, "app2 is started again")
    scene.wait_until_whole()


def roll(scene: Scene) -> None:
    """The step's own command, as `make rolling-restart` runs it."""
    before = set(map(scene.pid, APPS))
    with scene.marked("restart the apps one by one"):
        _rolling_restart(scene)
    scene.expect(not before & set(map(scene.pid, APPS)), "an app was not replaced")


def upgrade(scene: Scene) -> None:
    """New code is laid in place, then the apps are restarted one by one: each reads it when it starts."""
    apply(NEW_CODE, scene.stage.tree)
    with scene.marked("new code, then restart the apps one by one"):
        _rolling_restart(scene)


def judge_upgrade(scene: Scene, traffic: Traffic) -> None:
    """Both editions were served, and in the end only the new one."""
    scene.facts.append(f"{traffic.marked:,} answers came from the new code.")
    scene.expect(0 < traffic.marked < traffic.answered, "only one of the two editions was seen")


def _rolling_restart(scene: Scene) -> None:
    command = [sys.executable, "-m", "step07_load_balancing.rolling_restart"]
    tree, run = scene.stage.tree, str(scene.stage.step.run)
    done = subprocess.run([*command, "--run", run], cwd=tree, capture_output=True, text=True, check=False)
    scene.expect(done.returncode == 0, f"the rolling restart ended with: {done.stderr.strip()}")


def freeze(scene: Scene) -> None:
    """It keeps its sockets, takes connections (the kernel does), and says nothing."""
    group = scene.pid(VICTIM)
    with scene.marked("freeze app2 (SIGSTOP), then let it go on"):
        os.killpg(group, signal.SIGSTOP)
        try:
            time.sleep(scene.lasts)
        finally:
            os.killpg(group, signal.SIGCONT)


def slow_down(scene: Scene) -> None:
    """It runs for a tenth of the time, in short pieces."""
    group = scene.pid(VICTIM)
    with scene.marked("app2 gets a tenth of its time"):
        try:
            for _ in range(int(scene.lasts / (STOPPED + RUNNING))):
                os.killpg(group, signal.SIGSTOP)
                time.sleep(STOPPED)
                os.killpg(group, signal.SIGCONT)
                time.sleep(RUNNING)
        finally:
            os.killpg(group, signal.SIGCONT)


def make_ill(scene: Scene) -> None:
    """Another program takes app2's place, which answers each request with 500 and notes it."""
    step = scene.stage.step
    step.stop(VICTIM)
    scene.wait(lambda: VICTIM not in step.pids(), "app2 has stopped")
    try:
        with IllApp(Path(step.run) / "step07" / "app2.sock") as ill, scene.marked("app2 answers 500 to all"):
            scene.wait(lambda: bool(ill.gets), "nginx asks app2 again")  # it was left out while it was away
            time.sleep(scene.lasts)
    finally:
        step.start(VICTIM)
    scene.ill = ill
    scene.wait_until_whole()


def judge_illness(scene: Scene, traffic: Traffic) -> None:
    """Each request that the ill app got is one visitor's 500: none was sent on to another app."""
    ill = scene.ill
    assert ill
    asked = Counter(
        path for path in ill.gets if path.startswith(("/hello", "/?visit")) or path == "/"
    ).total()
    seen = traffic.failures["status 500"]
    scene.expect(asked == seen > 0, f"the ill app was asked {asked} times, and visitors saw {seen} times 500")
    again = ill.marks & set(scene.writer.seen)
    scene.expect(not again, f"{len(again)} POSTs were sent on after a 500")
    scene.facts.append(
        f"The ill app was asked for {asked:,} of the load's GETs and got {len(ill.marks)} signatures; "
        f"visitors saw 500 {seen:,} times; {len(again)} of the signatures reached another app as well."
    )


EVENTS = (
    Event(
        "killed-worker",
        "SIGKILL of a gunicorn worker",
        "The process that answers for app2 is killed; its parent forks another. nginx sends the GETs that "
        "were in it to the next app.",
        kill_worker,
    ),
    Event(
        "killed-app",
        "SIGKILL of a whole app",
        "app2 is killed, parent and worker at once. nginx sends the GETs that were in it to the next app and "
        "leaves it alone for two seconds; the supervisor starts it anew.",
        kill_app,
    ),
    Event(
        "rolling-restart",
        "Rolling restart",
        "`make rolling-restart`: each app finishes what it has begun, is started anew, and says that it is "
        "ready; only then the next one is touched.",
        roll,
    ),
    Event(
        "rolling-upgrade",
        "Rolling upgrade to a changed app",
        "The code in the folder is replaced (natively that is all: `git pull`, say), then the apps are "
        "restarted one by one. A running app has its code in memory; a started one reads the new one. For "
        "some seconds both are served side by side.",
        upgrade,
        judge=judge_upgrade,
    ),
    Event(
        "frozen-app",
        "One app frozen, then continued",
        "app2 gets SIGSTOP for eight seconds. Its kernel still takes connections, so nginx notices only by "
        "silence: `proxy_read_timeout`, five seconds. Then the GET goes to the next app, and app2 is left "
        "alone. Nobody gets an error; whoever falls on app2 in those five seconds waits for their "
        "end. On the chart that is everybody: each of the eight visitors asks until it falls on it.",
        freeze,
    ),
    Event(
        "slow-app",
        "One app answers slowly",
        "app2 is stopped and continued in turn, so that for eight seconds it runs for a tenth of the time. "
        "Slow is not dead: nginx waits, and asks nobody twice.",
        slow_down,
    ),
    Event(
        "ill-app",
        "One app answers 500",
        "Another program takes app2's place and answers 500 to everything. nginx passes that on: a 500 is an "
        "answer, and what was asked may have been done already. So every third visitor sees it, until "
        "somebody mends the app; nothing is asked twice, no POST least of all.",
        make_ill,
        allowed=frozenset({"status 500"}),
        judge=judge_illness,
    ),
)
