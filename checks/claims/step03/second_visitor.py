"""One slow visitor, and everybody waits. A deep queue hides it, so the order of the answers decides."""

import threading
import time

from checks.claim import Evidence, Trouble, absent, broken, check, kept
from checks.site import Site

SECONDS = (0.9, 0.6, 0.3)  # sent in this order, so the answers must come in the reverse order
TRIES = 3


@check(
    question="Is a visitor served while another one waits for a slow page?",
    shows="one slow visitor holds up all the others",
    specification="PEP 3333, “Thread Support”; man 2 listen (the backlog queues, it does not serve)",
    by_hand='for s in 0.9 0.6 0.3; do {curl} -sS -m 9 -o /dev/null -w "$s\\n" "{url}/slow?seconds=$s" & '
    "sleep 0.1; done; wait",
    bound=20.0,
    hints={
        "one-at-a-time": "The answers come in the order of the questions, so one visitor is served after "
        "the other; a long backlog only lets them wait. Give each request a thread, a process, or an event "
        "loop.",
        "few": "Some are served at the same time, but fewer than three.",
    },
)
def second_visitor(site: Site) -> Evidence:
    """Three visitors ask, the slowest first. Noise may disturb one try, not three."""
    if site.get("/slow?seconds=0").status != 200:
        return absent("there is no /slow")
    first_in_first_out, order, in_turn = [0, 1, 2], [0], False
    for attempt in range(TRIES):
        order, taken = race(site, attempt)
        if taken[0] < SECONDS[0] / 2:
            return absent("/slow does not wait")
        # A relay may bring the three in another order. Who serves them in turn takes the sum of their times.
        in_turn = max(taken.values()) >= sum(SECONDS)
        if order == [2, 1, 0] and not in_turn:
            return kept(
                "the quickest of three, who came last, was served first, after", round(taken[2], 2), "s"
            )
        if order == first_in_first_out:  # no noise does that
            return broken("three visitors are answered one after the other", "one-at-a-time")
    hint = "one-at-a-time" if in_turn else "few"
    return broken(f"the answers came in the order {[place + 1 for place in order]}", hint)


def race(site: Site, attempt: int) -> tuple[list[int], dict[int, float]]:
    """In which order they were answered, and how long each waited."""
    began = time.monotonic()
    answered: dict[int, float] = {}
    troubles: list[Trouble] = []

    def wait(place: int) -> None:
        try:
            wires[place].answer()
            answered[place] = time.monotonic() - began
        except Trouble as trouble:
            troubles.append(trouble)

    wires = [site.connect() for _ in SECONDS]
    waiting = [threading.Thread(target=wait, args=(place,), daemon=True) for place in range(len(SECONDS))]
    for place, seconds in enumerate(SECONDS):
        wires[place].send(site.request("GET", f"/slow?seconds={seconds}&visitor={attempt}{place}"))
        waiting[place].start()
        time.sleep(0.05)
    for thread in waiting:
        thread.join()
    if troubles:
        raise troubles[0]
    return sorted(answered, key=lambda place: answered[place]), answered
