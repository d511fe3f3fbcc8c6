"""How much of a processor a process has used so far, in seconds: to the nanosecond where Linux tells it."""

import sys
import time
from collections.abc import Iterable

import psutil


def family(pids: Iterable[int]) -> list[psutil.Process]:
    """These processes and all that they have started; one that has just ended is left out."""
    found: dict[int, psutil.Process] = {}
    for pid in pids:
        try:
            parent = psutil.Process(pid)
            found |= {one.pid: one for one in (parent, *parent.children(recursive=True))}
        except psutil.NoSuchProcess:
            continue
    return list(found.values())


def seconds(process: psutil.Process) -> float:
    """The processor's seconds of a process with all its threads, also of those that have ended."""
    if sys.platform == "linux":
        # The clock of another process, as clock_getcpuclockid(3) makes its number. /proc counts in hundredths
        # of a second, and three of those are a whole second of the slow route.
        try:
            return time.clock_gettime((~process.pid << 3) | 2)
        except OSError:
            return 0.0
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return used.user + used.system


def snapshot(processes: Iterable[psutil.Process]) -> dict[int, float]:
    """The seconds of each process, by its number."""
    return {one.pid: seconds(one) for one in processes}


def spent(before: dict[int, float], after: dict[int, float]) -> float:
    """What was used between two snapshots. A process that was born meanwhile counts from its birth."""
    return sum(max(0.0, used - before.get(pid, 0.0)) for pid, used in after.items())
