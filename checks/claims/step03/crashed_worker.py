"""A worker process dies. If nobody replaces it, the site is dead until somebody is woken up."""

import time
from contextlib import closing, suppress

import psutil

from checks.claim import Evidence, Trouble, broken, check, kept
from checks.crowd import LOAD_PATH
from checks.site import Site

WITHIN = 5.0  # seconds


@check(
    question="Does the site serve again by itself after its workers were killed?",
    shows="one crash, and the site is down until somebody comes",
    specification="man 2 fork, man 2 wait; PEP 3333 says nothing of processes",
    by_hand="pkill -9 -P PID; sleep 2; {curl} -sS -m 3 -o /dev/null -w '%{http_code}\\n' {url}/hello   # "
    "PID: the server's",
    bound=40.0,
    power="kill",
    hints={
        "alone": "The server is one process, and nobody replaces it. Let a parent that does nothing else "
        "fork the workers, wait for them, and fork anew whenever one ends.",
        "not-replaced": "The parent lives, but forks no new worker: wait for the children (os.wait), and "
        "replace each that ends.",
    },
)
def crashed_worker(site: Site) -> Evidence:
    """Kill the children of the first app, or the app itself if it has none, and be a patient visitor."""
    app = site.processes("app")[0]
    workers = psutil.Process(app.pid).children()
    try:
        for process in workers or [psutil.Process(app.pid)]:
            site.note(f"kill -9 {process.pid}")
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(workers, timeout=2.0)
        taken = until_served(site)
    finally:
        if not serves(site):
            site.powers.kill(app.name)  # a parent without workers is of no use to the next check
        site.powers.start(app.name, patience=15)
        site.wait_until_ready()
    if taken is None:
        says = f"{WITHIN:.0f} s after its workers were killed, nobody is served"
        return broken(says, "not-replaced" if workers else "alone")
    return kept("after its workers were killed, the site serves again within", round(taken, 2), "s")


def until_served(site: Site) -> float | None:
    """Seconds until a visitor is served; None: not in time."""
    began = time.monotonic()
    while time.monotonic() - began < WITHIN:
        if serves(site):
            return time.monotonic() - began
        time.sleep(0.05)
    return None


def serves(site: Site) -> bool:
    """Whether a visitor is served, quickly."""
    with suppress(Trouble), closing(site.connect(patience=1.0, noted=False)) as wire:
        wire.send(site.request("GET", LOAD_PATH))  # no cache answers this one for the dead
        return wire.answer(patience=1.0).status < 500
    return False
