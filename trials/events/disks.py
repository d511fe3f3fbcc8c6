"""A full disk. A process that may write no further (RLIMIT_FSIZE) gets an error at the same call.

Linux lets one set that bound for a process that runs already (prlimit), and take it back. There is no such
thing elsewhere, and a small disk of its own would need root.
"""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from trials.event import CannotHappen, Event, Scene
from trials.traffic import Traffic


@contextmanager
def full(pid: int, size: int) -> Iterator[None]:
    """No file of that process may grow beyond so many bytes."""
    if sys.platform != "linux":
        raise CannotHappen("only Linux can bound the files of a process that runs already")
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def fill_log(scene: Scene) -> None:
    """Supervisord writes the logs of all processes."""
    logs = Path(scene.stage.step.run) / "logs"
    log = logs / "step07-nginx.log"
    supervisor = psutil.Process(scene.pid("step07-nginx")).ppid()
    with scene.marked("no log may grow any more"), full(supervisor, 1):
        before = log.stat().st_size
        time.sleep(scene.lasts)
        grown = log.stat().st_size - before
    scene.wait(lambda: log.stat().st_size > before + grown, "the log grows again")
    scene.facts.append(f"The access log grew by {grown} bytes meanwhile, and went on afterwards.")


def fill_store(scene: Scene) -> None:
    """Redis may not append to its file."""
    with scene.marked("the append-only file may not grow any more"), full(scene.pid("step07-redis"), 1):
        time.sleep(scene.lasts)
    before = len(scene.writer.confirmed)
    scene.wait(lambda: len(scene.writer.confirmed) > before + 2, "entries are taken again")


def judge_full_store(scene: Scene, traffic: Traffic) -> None:
    """Reading goes on; signing is refused in plain words, and nothing that was confirmed is lost."""
    refused = scene.writer.honest
    scene.expect(refused > 0, "no signature was refused, so the file was not full")
    scene.facts.append(f"{refused} times the writer was told 503 with Retry-After; reading went on.")


EVENTS = (
    Event(
        "full-log",
        "A full disk under the logs",
        "The supervisor, which writes all logs, gets an error for each line. The lines are lost; the "
        "site is not.",
        fill_log,
    ),
    Event(
        "full-store",
        "A full disk under Redis' append-only file",
        "Redis cannot append. It goes on to answer reads, and refuses writes (MISCONF) until there "
        "is room: so "
        "pages are served, and a signature or a login is a 503 that says when to come back.",
        fill_store,
        judge=judge_full_store,
    ),
)
