"""Three hundred strangers post a form that stops after a few bytes. The app's threads wait for the rest."""

from checks.claim import Evidence, check
from checks.crowd import NO_ROOM, STRANGERS, crowd_by_hand, served_beside
from checks.site import Site

LENGTH = 1000


@check(
    question=f"Is a visitor served while the forms of {STRANGERS} others do not end?",
    shows="half a form occupies a thread for as long as its sender likes",
    specification="https://nginx.org/r/proxy_request_buffering; OWASP: denial of service by slow clients",
    by_hand=crowd_by_hand(
        90, "POST /guestbook HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 999\\r\\n\\r\\nname="
    ),
    bound=40.0,
    hints={
        "silent": "The app is asked before the body is there, and its thread waits for the rest. Let the "
        "proxy take the body whole first (nginx: proxy_request_buffering on, its default).",
        "refused": NO_ROOM,
    },
)
def slow_body_crowd(site: Site) -> Evidence:
    """Let the crowd begin, then be the visitor. (Some of the crowd may get a 429: they share an address.)"""
    form = ("Content-Type", "application/x-www-form-urlencoded")
    whole = site.request(
        "POST", "/guestbook", form, body=b"name=slow&message=".ljust(LENGTH, b"."), close=False
    )
    return served_beside(site, "half-posted", whole[: len(whole) - LENGTH + 10])
