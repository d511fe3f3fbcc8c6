"""A hundred megabytes for a slow reader. Who makes or queues the whole answer keeps it all in memory."""

import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

from checks.claim import Evidence, absent, broken, check, kept
from checks.site import Site
from checks.wire import Wire

BYTES = 100_000_000
ALLOWED = 30.0  # MB of growth; streaming takes about 1
AT_FIRST, PAUSES = 1_000_000, 12


@check(
    question="Does a big answer stream, in memory that does not grow with it?",
    shows="a few slow readers of big answers fill the memory",
    specification="PEP 3333, “Buffering and Streaming”; RFC 9112, 7.1",
    by_hand="ps -o rss= -p PID; {curl} -sS -m 9 --limit-rate 5M -o /dev/null "
    "'{url}/download?bytes=100000000' & "
    "sleep 2; ps -o rss= -p PID; kill $!   # PID: the server's; in KB",
    bound=30.0,
    power="memory",
    hints={
        "buffered": "The whole answer was in memory at once. Make it block by block and send each before "
        "the next is made; and wait while the client does not read (sendall does; a queue of one's own must "
        "have an end).",
        "short": "The answer ended before it had as many bytes as it was asked for.",
    },
)
def big_answer(site: Site) -> Evidence:
    """Read a little, wait, look at the memory; then read the rest."""
    if len(site.get("/download?bytes=1234").body) != 1234:
        return absent("there is no /download")
    family = processes(site)
    highest = before = resident(family)
    wire = site.connect(noted=False)
    wire.send(site.request("GET", f"/download?bytes={BYTES}"))
    came = 0
    for so_many in read_slowly(wire):
        came, highest = so_many, max(highest, resident(family))
    grown = max(0.0, (highest - before) / 1e6)
    site.note(f"{came} bytes came; memory grew by {grown:.1f} MB")
    if came < BYTES:
        return broken("the answer is too short:", "short", came, "bytes")
    if grown > ALLOWED:
        return broken(
            f"{BYTES / 1e6:.0f} MB for a slow reader: memory grows by", "buffered", round(grown, 1), "MB"
        )
    return kept(f"{BYTES / 1e6:.0f} MB for a slow reader: memory grows by", round(grown, 1), "MB")


def read_slowly(wire: Wire) -> Iterator[int]:
    """How many bytes have come: while little is read, with pauses; then now and then, and at the end."""
    came, due = 0, AT_FIRST
    while data := wire.read():
        came += len(data)
        if came >= due:
            for _ in range(PAUSES if due == AT_FIRST else 1):
                time.sleep(0.05)
                yield came
            due += BYTES // 10
    yield came


def processes(site: Site) -> list[psutil.Process]:
    """The site's processes, and their children."""
    family: dict[int, psutil.Process] = {}
    for one in site.powers.processes():
        with suppress(psutil.Error):
            parent = psutil.Process(one.pid)
            family.update({process.pid: process for process in [parent, *parent.children(recursive=True)]})
    return list(family.values())


def resident(family: list[psutil.Process]) -> float:
    """The bytes of memory that they hold."""
    total = 0.0
    for process in family:
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total
