"""The store is gone for a moment. The site should say so, keep what works, and come back by itself."""

import time
from contextlib import suppress

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site, Unready

VISITS = 6  # so that each of several apps is asked
RECOVERY = 15.0  # seconds


@check(
    question="Is it an honest 503 while the store (Redis) is gone, and does the site recover by itself?",
    shows="a store that is gone takes the whole site along",
    specification="RFC 9110, 15.6.4 and 10.2.3 (503, Retry-After)",
    by_hand="for page in '/?1' /hello; do {curl} -s -m 5 -o /dev/null -w \"$page %{http_code}\\n\" {url}$page"
    "; done  # while Redis is stopped",
    bound=60.0,
    power="restart",
    hints={
        "status": "What cannot be answered now is a 503: it says that nobody's request is to blame, "
        "and that it is worth coming back. Catch the store's errors in one place and turn them into it.",
        "when": "A 503 should say when to come back: Retry-After, in seconds.",
        "dragged": "Pages that need neither session nor entries fail too. Ask the store only where it is "
        "needed, and let no proxy take the app's honest 503 for a dead app (no http_503 in "
        "proxy_next_upstream): it would soon have nobody left to ask.",
        "restarted": "The store's absence ended the apps. No app need restart for it: connect when it is "
        "needed, and again after an error.",
        "stuck": "The store is back, and the site is not: after an error a new connection must be made.",
    },
)
def redis_gone(site: Site) -> Evidence:
    """Stop the store, look around, start it, look again."""
    stores, apps = site.processes("store"), site.processes("app")
    if not stores:
        return absent("there is no store")
    try:
        for store in stores:
            site.note(f"stop {store.name}")
            site.powers.stop(store.name, patience=15)
        trouble = _look_around(site)
    finally:
        for store in stores:
            site.note(f"start {store.name}")
            site.powers.start(store.name, patience=15)
        began = time.monotonic()
        recovered = _recovers(site)
        seconds = round(time.monotonic() - began, 1)
        same = site.processes("app") == apps
        for app in apps:  # who ended for good would be missed by the next check
            site.powers.start(app.name, patience=15)
    if not same:
        return broken("apps ended while the store was gone", "restarted")
    if trouble:
        return trouble
    if not recovered:
        return broken(f"{RECOVERY:.0f} s after the store is back, / is still not answered", "stuck")
    return kept("503 where the store is needed and 200 elsewhere; all well again after", seconds, "s")


def _look_around(site: Site) -> Evidence | None:
    """What is wrong while the store is gone: on the page of entries, and on one that needs nothing."""
    for number in range(VISITS):
        entries = site.get(f"/?gone={number}")  # a new address each time: no cache has it
        line = Culprit(entries.head.split(b"\r\n")[0], 9, 3)
        if (status := site.get("/hello").status) != 200:
            return broken(f"/hello needs no store, and is a {status} while it is gone", "dragged")
        if entries.status != 503:
            return broken(f"while the store is gone, / is a {entries.status}", "status", culprit=line)
        if not entries.field("retry-after"):
            return broken("the 503 does not say when to come back", "when", culprit=line)
    return None


def _recovers(site: Site) -> bool:
    """Whether the page of entries comes back by itself, from every app."""
    with suppress(Unready):
        site.wait_until_ready(RECOVERY)
        return all(site.get(f"/?back={number}").status == 200 for number in range(VISITS))
    return False
