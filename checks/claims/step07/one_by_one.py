"""A new version comes out, and every app process must be restarted. With one, nobody serves meanwhile."""

import json
import time
from contextlib import closing, suppress

from checks.claim import Evidence, Trouble, broken, check, kept
from checks.crowd import under_load
from checks.site import Site
from checks.target import Process

PATIENCE = 15.0  # for one app to stop, and for it to run
TRUSTED_AGAIN = 5.0  # a proxy that met an app dead leaves it out for a while


@check(
    question="Does it cost no GET when the app processes are stopped and started one by one?",
    shows="a restarting app is a dead site",
    specification="https://nginx.org/r/proxy_next_upstream; RFC 9110, 9.2.2 (a GET may be sent twice)",
    by_hand="for i in $(seq 100); do {curl} -s -m 5 -o /dev/null -w '%{http_code}\\n' {url}/hello; sleep .2; "
    "done | sort | uniq -c  # restart the apps meanwhile",
    bound=120.0,
    power="restart",
    hints={
        "dead": "While the one app restarts, nobody serves. Run several behind a proxy, and restart one at a "
        "time; or let a parent process keep the listening socket while its workers are replaced.",
        "lost": "Visits fell on an app that was going, or not yet there. The proxy must ask another one "
        "(proxy_next_upstream), and an app that is told to stop (SIGTERM) must finish what it has begun.",
    },
)
def one_by_one(site: Site) -> Evidence:
    """Restart each app under load; go on to the next when this one serves again."""
    apps = site.processes("app")
    seen = {_who_serves(site) for _ in range(12)}
    try:
        with under_load(site) as load:
            time.sleep(0.5)  # the load is on
            for app in apps:
                _restart(site, app, seen)
    finally:
        for app in apps:
            site.powers.start(app.name, patience=PATIENCE)
        site.wait_until_ready()
    if not load.lost:
        return kept(f"of {load.answered} visits while {len(apps)} apps were restarted were lost", 0, "visits")
    says = f"visits lost while {len(apps)} {'app was' if len(apps) == 1 else 'apps were'} restarted"
    hint = "dead" if len(apps) == 1 else "lost"
    return broken(f"{says} ({load.lost[0]})", hint, len(load.lost), "visits")


def _restart(site: Site, app: Process, seen: set[int]) -> None:
    """Restart it, and wait until somebody serves who was never seen before: so it is asked again."""
    site.note(f"stop {app.name}")
    site.powers.stop(app.name, patience=PATIENCE)
    site.note(f"start {app.name}")
    site.powers.start(app.name, patience=PATIENCE)
    site.wait_until_ready()
    deadline = time.monotonic() + TRUSTED_AGAIN
    while (one := _who_serves(site)) in seen and one and time.monotonic() < deadline:
        time.sleep(0.05)
    seen.add(one)
    site.note(f"process {one} serves" if one else "the site serves")


def _who_serves(site: Site) -> int:
    """The process that answers /whoami; 0 if none does, or there is no such page."""
    unknown = suppress(Trouble, ValueError, TypeError, KeyError)
    with unknown, closing(site.connect(source=site.elsewhere(), noted=False)) as wire:
        wire.send(site.request("GET", "/whoami"))
        return int(json.loads(wire.answer(patience=5.0).body)["pid"])
    return 0
