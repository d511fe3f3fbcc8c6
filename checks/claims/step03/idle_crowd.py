"""A hundred browsers keep their connection for the next click. If each holds a thread, none is left."""

import time

from checks.claim import Evidence, Trouble, absent, broken, check, kept
from checks.crowd import LOAD_PATH
from checks.site import Site

BROWSERS = 100


@check(
    question=f"Is a visitor served while {BROWSERS} others keep an idle connection?",
    shows="visitors who only read lock the others out",
    specification="RFC 9112, 9.3 (persistence) and 9.5 (a server may close an idle connection)",
    by_hand="for i in $(seq 100); do (exec 3<>/dev/tcp/{host}/{port}; printf 'GET /hello "
    "HTTP/1.1\\r\\nHost: {host}\\r\\n\\r\\n' >&3; sleep 4) & done; sleep 1; {curl} -sS -m 2 -o /dev/null -w "
    "'%{http_code}\\n' {url}/hello; wait",
    bound=15.0,
    hints={
        "silent": "An idle connection holds a thread for as long as it is open. Let idle ones wait together "
        "(a selector, an event loop) and spend a thread only on one that has sent something; or close them.",
        "cut": "The newcomer was sent away. Make room: close the connection that has been idle longest.",
    },
)
def idle_crowd(site: Site) -> Evidence:
    """Let each be served once and stay; then be the newcomer."""
    source = site.elsewhere()
    request = site.request("GET", LOAD_PATH, close=False)
    for count in range(BROWSERS):
        try:
            wire = site.connect(source=source, patience=2.0, noted=False)
            wire.send(request)
            if wire.answer(patience=2.0).closes and not count:
                return absent("the server closes the connection after each answer")
        except Trouble as trouble:
            return locked_out(count, trouble)
    site.note(f"{BROWSERS} connections, each served once, stay open")
    began = time.monotonic()
    try:
        newcomer = site.connect(source=site.elsewhere(), patience=2.0)
        newcomer.send(site.request("GET", LOAD_PATH))
        newcomer.answer(patience=2.0)
    except Trouble as trouble:
        return locked_out(BROWSERS, trouble)
    taken = (time.monotonic() - began) * 1000
    return kept(f"a newcomer beside {BROWSERS} idle connections is served in", round(taken, 1), "ms")


def locked_out(others: int, trouble: Trouble) -> Evidence:
    """A newcomer in vain."""
    hint = "silent" if trouble.hint == "silent" else "cut"
    return broken(
        f"a newcomer is not served ({trouble}) beside so many idle ones", hint, others, "connections"
    )
