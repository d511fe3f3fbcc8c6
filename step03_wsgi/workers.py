"""Worker processes, forked from one parent that replaces the dead and outlives them all (pre-fork).

It guarantees that a worker's death costs only its own visitors, that a program which crashes at once does not
make the machine busy with forking, and that no worker outlives the parent, not even one that was killed.
It refuses to know what a worker does.
"""

import os
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

from step01_socket_server.server import log

ENDING = {signal.SIGTERM, signal.SIGINT}


def run_workers(serve: Callable[[int], None], count: int, grace: float) -> None:
    """Keep `count` workers alive until a signal comes; then stop them.

    `serve` gets the end of a pipe that becomes readable when it is time to finish. The parent alone holds the
    other end, and the system closes it with the parent, however the parent dies.
    """
    end, parent_lives = os.pipe()
    workers: dict[int, float] = {}  # and when each was born
    try:
        while True:
            while len(workers) < count:
                fork_worker(workers, serve, end, parent_lives)
            pid, status = os.wait()
            born = workers.pop(pid, 0.0)  # 0.0: an orphan, as a container hands them to its first process
            log(f"worker {pid} ended ({os.waitstatus_to_exitcode(status)}); another takes its place")
            if time.monotonic() - born < 1:
                time.sleep(1)  # the brake: a worker that cannot start will not start sooner for haste
    finally:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        os.close(parent_lives)
        reap(workers, grace)


def fork_worker(workers: dict[int, float], serve: Callable[[int], None], end: int, parent_lives: int) -> None:
    """Start one worker and take note of it, undisturbed by the signals that would unwind us half-way."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    print(end="", flush=True)  # or the child would inherit what is still to be written, and write it again
    pid = os.fork()
    if pid == 0:  # the child: it must never run on into the parent's code
        try:
            os.close(parent_lives)
            for number in ENDING:  # Ctrl-C reaches the whole group; a worker obeys the pipe alone
                signal.signal(number, lambda *_: None)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            serve(end)
            print(end="", flush=True)  # os._exit skips that
        except BaseException:
            log(traceback.format_exc())
            os._exit(1)
        os._exit(0)
    workers[pid] = time.monotonic()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def reap(workers: dict[int, float], grace: float) -> None:
    """Wait for every worker to end; kill the ones that have not after `grace` seconds."""

    def kill_the_rest(*_: object) -> None:
        for pid in workers:
            os.kill(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill_the_rest)
    signal.setitimer(signal.ITIMER_REAL, grace)
    with suppress(ChildProcessError):  # the signal came between a worker's end and our taking note of it
        while workers:
            workers.pop(os.wait()[0], None)
