"""Everything that a launcher started belongs to one session of the kernel; a session can be ended whole.

A process does not leave its parent's session by accident: it is inherited through fork and exec, and outlives
the parent. So "which processes are ours?" has an exact answer even after any of them was killed.
"""

import os
import signal
import time
from collections.abc import Callable, Collection
from contextlib import suppress

import psutil

# Longer than supervisord waits for its children (`stopwaitsecs` in configuration.py), so that it may finish.
# Where a step grants its processes more, that is for a restart; here somebody wants everything to stop.
PATIENCE = 8.0


def members(session: int, spare: Collection[int] = ()) -> list[psutil.Process]:
    """The live processes of a session. The dead that nobody has waited for yet do not count."""
    found = []
    for pid in psutil.pids():
        with suppress(OSError, psutil.Error):
            if pid not in spare and os.getsid(pid) == session:
                process = psutil.Process(pid)
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
    return found


def end(
    session: int,
    spare: Collection[int] = (),
    patience: float = PATIENCE,
    nudge: Callable[[], None] = lambda: None,
) -> None:
    """Ask the processes at the top to stop what they started; kill whatever is left when patience ends."""
    asked: set[int] = set()
    deadline = time.monotonic() + patience
    while (alive := members(session, spare)) and time.monotonic() < deadline:
        for process in _tops(alive):
            if process.pid not in asked:
                asked.add(process.pid)
                send(process, signal.SIGTERM)
        nudge()
        time.sleep(0.02)
    kill(session, spare)


def kill(session: int, spare: Collection[int] = ()) -> None:
    """SIGKILL until nobody is left: a process may have forked while the list was being read."""
    while alive := members(session, spare):
        for process in alive:
            send(process, signal.SIGKILL)
        time.sleep(0.01)


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Send a signal, unless the process is gone already (psutil refuses a pid that was used again)."""
    with suppress(psutil.Error):
        process.send_signal(number)


def _tops(alive: list[psutil.Process]) -> list[psutil.Process]:
    """The members whose parent is not a member: the supervisor, or the orphans of a dead one."""
    pids = {process.pid for process in alive}
    tops = []
    for process in alive:
        with suppress(psutil.Error):
            if process.ppid() not in pids:
                tops.append(process)
    return tops
