"""Three hundred strangers connect and say nothing. Whoever gives each of them a thread has none left."""

from checks.claim import Evidence, Trouble, broken, check, kept
from checks.crowd import crowd, slowest_but_one_percent, visits
from checks.site import Site

STRANGERS = 300
VISITS = 60


@check(
    question=f"Is a visitor served while {STRANGERS} others are connected and silent?",
    shows="silent clients occupy every thread",
    specification="RFC 9112, 9.5 (time-outs); OWASP: denial of service by slow clients",
    by_hand="for i in $(seq 300); do sleep 9 | nc {host} {port} & done; {curl} -sS -m 2 {url}/hello; wait",
    bound=20.0,
    hints={
        "silent": "Each connection holds a thread (or the only loop) before it has said a word. Wait for all "
        "at once (a selector, an event loop), and spend a thread only on one that has sent something.",
    },
)
def silent_crowd(site: Site) -> Evidence:
    """Let the crowd come, then be the visitor."""
    crowd(site, STRANGERS, source=site.elsewhere())
    try:
        taken = visits(site, VISITS, source=site.elsewhere())
    except Trouble as trouble:
        return broken(f"a visitor beside {STRANGERS} silent connections: {trouble}", "silent")
    slow = slowest_but_one_percent(taken)
    return kept(
        f"99 of 100 visitors beside {STRANGERS} silent ones wait at most", round(slow * 1000, 1), "ms"
    )
