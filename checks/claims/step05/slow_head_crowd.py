"""Three hundred strangers send half a head and fall silent. A thread that reads on waits for all of them."""

from checks.claim import Evidence, check
from checks.crowd import NO_ROOM, STRANGERS, crowd_by_hand, served_beside
from checks.site import Site


@check(
    question=f"Is a visitor served while the heads of {STRANGERS} other requests do not end?",
    shows="half a request occupies a thread for as long as its sender likes (Slowloris)",
    specification="https://nginx.org/r/client_header_timeout; OWASP: denial of service by slow clients",
    by_hand=crowd_by_hand(300, "GET / HTTP/1.1\\r\\nX-Half:"),
    bound=40.0,
    hints={
        "silent": "A thread begins to read before the head is there. Let a proxy that waits for all at once "
        "(nginx does by itself) take the head whole, and only then hand the request on.",
        "refused": NO_ROOM,
    },
)
def slow_head_crowd(site: Site) -> Evidence:
    """Let the crowd begin, then be the visitor."""
    half = site.request("GET", "/", ("X-Half", "")).partition(b"Connection")[0]
    return served_beside(site, "half-headed", half)
