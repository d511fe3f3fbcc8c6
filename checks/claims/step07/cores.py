"""Threads of one process wait well, and compute one at a time: the other cores of the machine stay idle."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil

from checks.claim import Evidence, absent, broken, check, kept
from checks.crowd import visits
from checks.site import Site

BOUND = 40.0  # seconds, for each visit as for all
VISITS = 6
COMPUTE, WAIT = "/compute?rounds=30", "/slow?seconds=0.2"
MORE_THAN_ONE = 1.3  # cores: one process of Python, Ruby or Node.js never computes on more than 1


@check(
    question="Does work that computes use more than one core?",
    shows="one process computes on one core, however many threads it has",
    specification="https://docs.python.org/3/glossary.html#term-GIL; https://nginx.org/r/upstream",
    by_hand="time {curl} -s -m 20 -o /dev/null '{url}/compute?rounds=100'; time (for i in 1 2 3 4 5 6; do "
    "{curl} -s -m 20 -o /dev/null '{url}/compute?rounds=100' & done; wait)",
    bound=BOUND,
    power="memory",
    hints={
        "threads": "Waiting overlaps, computing does not: in one process one thread computes at a time (by "
        "Python's GIL, in Node.js's one loop). Run several processes.",
        "queue": "Not even waiting overlaps: the server answers one visitor at a time.",
    },
)
def cores(site: Site) -> Evidence:
    """Six visits at once that compute, and six that wait.

    Of those that wait the clock tells. Of those that compute it would tell how busy the machine is: there the
    processor time of each process counts.
    """
    if (os.cpu_count() or 1) < 2:
        return absent("this machine has one core")
    if 404 in (site.get("/compute?rounds=1").status, site.get("/slow?seconds=0").status):
        return absent("there is no page that computes, or none that waits")
    alone, together = min(_wait(site, 1) for _ in range(3)), min(_wait(site, VISITS) for _ in range(3))
    faster = VISITS * alone / together
    computing, on_cores = max(_compute(site) for _ in range(2))
    says = (
        f"{VISITS} visits that wait are {faster:.1f} times as fast at once as in turn; {VISITS} that compute "
        f"keep {on_cores:.1f} cores busy on this machine as it is now; they are shared by"
    )
    if computing > 1 or on_cores > MORE_THAN_ONE:
        return kept(says, computing, "processes")
    return broken(says, "threads" if faster > VISITS / 2 else "queue", computing, "processes")


def _wait(site: Site, count: int) -> float:
    began = time.monotonic()
    _at_once(site, WAIT, count)
    return time.monotonic() - began


def _compute(site: Site) -> tuple[int, float]:
    """How many processes did a good part of the computing, and how many cores it kept busy."""
    before, began = _processor_seconds(site), time.monotonic()
    _at_once(site, COMPUTE, VISITS)
    seconds, after = time.monotonic() - began, _processor_seconds(site)
    used = [after[process] - before.get(process, 0.0) for process in after]
    return sum(share > sum(used) / 10 for share in used), sum(used) / seconds


def _processor_seconds(site: Site) -> dict[int, float]:
    """For each process of the apps, their children too."""
    found = {}
    for app in site.processes("app"):
        with suppress(psutil.Error):
            root = psutil.Process(app.pid)
            for process in [root, *root.children(recursive=True)]:
                times = process.cpu_times()
                found[process.pid] = times.user + times.system
    return found


def _at_once(site: Site, path: str, count: int) -> None:
    def visit(_: int) -> None:
        visits(site, 1, path, patience=BOUND, source=site.elsewhere())

    with ThreadPoolExecutor(count) as visitors:
        list(visitors.map(visit, range(count)))
