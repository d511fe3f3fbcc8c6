"""One address asks as fast as it can, and takes the site's whole time. Nobody tells it to wait."""

import threading
import time
from collections import Counter
from contextlib import suppress

from checks.claim import Evidence, Trouble, broken, check, kept
from checks.crowd import slowest_but_one_percent, visits
from checks.site import Site

REQUESTS, CONNECTIONS = 600, 4


@check(
    question="Is one who floods the site told to wait (429), while others are served?",
    shows="one visitor in a hurry takes the time of all",
    specification="RFC 6585, 4; https://nginx.org/r/limit_req",
    by_hand="{curl} -sm 20 -o /dev/null -w '%{http_code}\\n' '{url}/?[1-600]' | sort | uniq -c",
    bound=20.0,
    hints={
        "unlimited": "Nobody counts how often an address asks. Let the proxy do it (nginx: limit_req_zone "
        "with $binary_remote_addr, limit_req with a burst).",
        "ill": "The refusal says that the site is ill (503), or breaks the connection. Say 429: this visitor "
        "asked too often (nginx: limit_req_status 429).",
        "everybody": "Another visitor is not served meanwhile. Count each address by itself, and refuse "
        "without asking the app.",
    },
)
def flood(site: Site) -> Evidence:
    """Flood from one address, and be a visitor from another one at the same time."""
    source, met = site.elsewhere(), Counter[int]()
    flooders = [
        threading.Thread(target=ask_on, args=(site, source, met), daemon=True) for _ in range(CONNECTIONS)
    ]
    for flooder in flooders:
        flooder.start()
    trouble, taken = None, [0.0]
    while any(flooder.is_alive() for flooder in flooders):
        try:
            if source:  # otherwise there is but one address, and the limit may count us together
                taken += visits(site, 1, patience=5.0, source=site.elsewhere())
        except Trouble as met_with:
            trouble = met_with
        time.sleep(0.02)
    site.note(f"{REQUESTS} requests of one address; by status: {dict(met)}")
    return judged(met, trouble, slowest_but_one_percent(taken))


def judged(met: Counter[int], trouble: Trouble | None, slowest: float) -> Evidence:
    """What follows from the answers to the flood, and from what became of the visitor."""
    if trouble:
        return broken(f"while one address sends {REQUESTS} requests: {trouble}", "everybody")
    if met[429]:
        return kept(
            f"429 for {met[429]} of {REQUESTS} requests of one address; another visitor waits at most",
            round(slowest * 1000, 1),
            "ms",
        )
    if refused := [status for status in met if status >= 500 or status < 200]:
        return broken(f"the flood is answered with {refused[0]}", "ill", met[refused[0]], "requests")
    return broken("each request of a flood is answered", "unlimited", met[200], "requests")


def ask_on(site: Site, source: str | None, met: Counter[int]) -> None:
    """Ask for the front page again and again on one connection, if the site keeps it."""
    wire = None
    for _ in range(REQUESTS // CONNECTIONS):
        status = 0  # no answer
        with suppress(Trouble):
            wire = wire or site.connect(source=source, noted=False)
            wire.send(site.request("GET", "/", close=False))
            answer = wire.answer(patience=2.0)
            status = answer.status
            if not answer.closes:
                met[status] += 1
                continue
        met[status] += 1
        if wire:
            wire.close()
        wire = None
