"""Three hundred strangers connect and say nothing. Whoever gives each of them a thread has none left."""

from checks.claim import Evidence, check
from checks.crowd import NO_ROOM, STRANGERS, served_beside
from checks.site import Site


@check(
    question=f"Is a visitor served while {STRANGERS} others are connected and silent?",
    shows="silent clients occupy every thread",
    specification="RFC 9112, 9.5 (time-outs); OWASP: denial of service by slow clients",
    by_hand="for i in $(seq 300); do sleep 9 | nc {host} {port} & done; {curl} -sS -m 2 {url}/hello; wait",
    bound=40.0,
    hints={
        "silent": "Each connection holds a thread (or the only loop) before it has said a word. Wait for all "
        "at once (a selector, an event loop), and spend a thread only on one that has sent something.",
        "refused": NO_ROOM,
    },
)
def silent_crowd(site: Site) -> Evidence:
    """Let the crowd come, then be the visitor."""
    return served_beside(site, "silent")
