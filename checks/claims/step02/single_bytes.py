"""TCP carries a stream, not messages: a request may come one byte at a time, and recv() is not a request."""

import socket
import time

from checks.claim import Culprit, Evidence, Trouble, broken, check, kept
from checks.site import Site

PAUSE = 0.002  # seconds; so that the server sees a byte before the next one comes
# A server that forgets must never see the empty line in one piece, busy as the machine may be.
LAST, LAST_PAUSE = 4, 0.1


@check(
    question="Is a request understood that arrives one byte at a time?",
    shows="a request that comes in pieces is misread",
    specification="RFC 9112, 2.2; RFC 9293, 3.1 (TCP is a stream of bytes)",
    by_hand="for p in 'GET / HT' 'TP/1.1\\r\\nHo' 'st: {host}\\r\\nConnection: close\\r\\n\\r' '\\n'; do "
    'printf "$p"; sleep 0.2; done | {nc} | head -n 1',
    hints={
        "one-recv": "The server took the first piece for the whole request. Keep receiving until the empty "
        "line (CR LF CR LF) has come, and parse only then.",
        "silent": "The server does not put the pieces together: keep what has come, append what comes, and "
        "look for the empty line (CR LF CR LF) in all of it.",
    },
)
def single_bytes(site: Site) -> Evidence:
    """Send a request byte by byte, each in a segment of its own."""
    request = site.request("GET", "/hello?name=check")
    expected = site.ask(request).status
    wire = site.connect()
    wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(len(request)):
        wire.send(request[at : at + 1])
        if wire.cut:
            return refused(request, at, "the connection was cut")
        time.sleep(PAUSE if at < len(request) - LAST else LAST_PAUSE)
    try:
        status = wire.answer(patience=3.0).status
    except Trouble as trouble:
        return broken(str(trouble), "silent" if trouble.hint == "silent" else "one-recv")
    if status != expected:
        return refused(request, 0, f"it is answered with {status}; in one piece, with {expected}")
    return kept("understood, byte by byte", len(request), "segments")


def refused(request: bytes, at: int, says: str) -> Evidence:
    """It took a part for the whole."""
    return broken(f"byte by byte: {says}", "one-recv", culprit=Culprit(request, at, whose="we sent"))
