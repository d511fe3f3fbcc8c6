"""Worker processes, forked from one parent that replaces the dead and outlives them all (pre-fork).

It guarantees that a worker's death costs only its own visitors, that a program which crashes at once does not
make the machine busy with forking, and that no worker outlives the parent, not even one that was killed.
It refuses to know what a worker does.
"""

import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from step01_socket_server.server import log

Serve = Callable[[], None]
"""What a worker does: runs until SIGTERM raises SystemExit in it, then finishes what it has begun."""

ENDING = {signal.SIGTERM, signal.SIGINT}


def run_workers(
    serve: Callable[[int], None], count: int, stop_accepting: Callable[[], None], grace: float
) -> None:
    """Keep `count` workers alive until a signal comes; then stop them.

    `serve` gets a file descriptor that becomes readable when the parent is gone: the parent alone holds the
    other end of the pipe, and the system closes it with the parent, however the parent dies.
    """
    parent_gone, parent_alive = os.pipe()
    workers: dict[int, float] = {}
    try:
        while True:
            while len(workers) < count:
                fork_worker(workers, lambda: serve(parent_gone), parent_alive)
            pid, status = os.wait()
            born = workers.pop(pid, None)
            if born is None:
                continue  # somebody else's orphan: a container hands them to its first process, us
            log(f"worker {pid} ended ({os.waitstatus_to_exitcode(status)}); another takes its place")
            if time.monotonic() - born < 1:
                time.sleep(1)  # the brake: a worker that cannot start will not start sooner for haste
    finally:
        stop_accepting()
        stop_workers(workers, grace)
        os.close(parent_gone)
        os.close(parent_alive)


def fork_worker(workers: dict[int, float], serve: Serve, parent_alive: int) -> None:
    """Start one worker and take note of it, undisturbed by the signals that would unwind us half-way."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(parent_alive)
            signal.signal(
                signal.SIGINT, signal.SIG_IGN
            )  # Ctrl-C reaches the whole group; the parent acts on it
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            serve()
            code = 0
        except SystemExit:  # told to stop before it had begun
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)  # a child must never run on into the parent's code
    workers[pid] = time.monotonic()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def wait_for_the_end(parent_gone: int) -> None:
    """Block a worker's main thread until SIGTERM arrives or the parent is gone."""
    with suppress(SystemExit):
        select.select([parent_gone], [], [])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def stop_workers(workers: dict[int, float], grace: float) -> None:
    """Ask every worker to finish; kill the ones that have not after `grace` seconds; reap all."""

    def kill_the_rest(_signal: int, _frame: FrameType | None) -> None:
        for pid in workers:
            os.kill(pid, signal.SIGKILL)

    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
    signal.signal(signal.SIGALRM, kill_the_rest)
    signal.setitimer(signal.ITIMER_REAL, grace)
    while workers:
        workers.pop(os.wait()[0], None)
    signal.setitimer(signal.ITIMER_REAL, 0)
