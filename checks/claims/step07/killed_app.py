"""A whole app is killed while visitors ask. With one app the site is dead; with several nobody notices."""

import time

from checks.claim import Evidence, broken, check, kept
from checks.crowd import under_load
from checks.site import Site


@check(
    question="Does it cost no GET when a whole app process is killed?",
    shows="one dead app is a dead site",
    specification="https://nginx.org/r/proxy_next_upstream; RFC 9110, 9.2.2 (a GET may be sent twice)",
    by_hand="kill -9 -- -PID; {curl} -sSI -m 5 {url}/hello   # PID: the app's",
    bound=40.0,
    power="kill",
    hints={
        "dead": "One process is the whole site. Run several behind a proxy that asks the next one.",
        "lost": "The proxy must send a GET to another app when one does not answer (proxy_next_upstream) and "
        "leave the dead one alone for a while (max_fails, fail_timeout).",
    },
)
def killed_app(site: Site) -> Evidence:
    """Kill the first app under load, and look for visits that were lost."""
    apps = site.processes("app")
    victim = apps[0]
    try:
        with under_load(site) as load:
            time.sleep(0.5)  # the load is on
            site.note(f"kill -9 {victim.name}")
            site.powers.kill(victim.name)
            time.sleep(2.0)  # what the death costs, it costs in this time
    finally:
        site.powers.start(victim.name, patience=15)
        site.wait_until_ready()
    if not load.lost:
        return kept(f"of {load.answered} visits around the death of {victim.name} were lost", 0, "visits")
    hint = "dead" if len(apps) == 1 else "lost"
    return broken(
        f"visits lost when {victim.name} was killed ({load.lost[0]})", hint, len(load.lost), "visits"
    )
