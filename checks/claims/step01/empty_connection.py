"""Browsers connect in advance and may leave without a word. recv() returns b"", and a naive server dies.

Needs no HTTP: any bytes are an answer.
"""

import time
from dataclasses import replace

from checks.claim import Evidence, Trouble, broken, check, kept
from checks.site import Site

TIMES = 3
DYING = 0.5  # seconds that a process may take to end


@check(
    question="Is a visitor served after others came and left without sending a byte?",
    shows="a visitor who says nothing ends the server",
    specification="RFC 9112, 9.5 and 9.6; man 2 recv (0 bytes: the other side has ended)",
    by_hand="for i in 1 2 3; do (: </dev/tcp/{host}/{port}); done; {curl} -sS -m 3 --http0.9 {url}/ | head "
    "-c 60",
    hints={
        "down": 'An empty connection ended the server. recv() returned b"", and the code went on as if '
        "there were a request: treat it as the visitor's goodbye, close, and accept the next one.",
        "cut": "The visitor after an empty connection is cut off: an error in one connection must not end "
        "the loop that accepts them. Catch it per connection.",
        "silent": 'The server is stuck with a visitor who has left. recv() returns b"" again and again at '
        "the end of a connection: a loop that waits for more never ends.",
    },
)
def empty_connection(site: Site) -> Evidence:
    """Connect and leave, several times; then be a visitor."""
    plain = replace(site.address, tls=False)  # who says nothing does not begin the TLS handshake either
    try:
        for _ in range(TIMES):
            site.connect(plain).close()
            wire = site.connect()
            wire.send(site.request("GET", "/"))
            if not wire.read(patience=2.0):
                time.sleep(DYING)
                site.connect().close()  # refused, if the server died of it
                return broken("the next visitor gets no byte", "cut")
            wire.close()
    except Trouble as trouble:
        return broken(f"after an empty connection: {trouble}", trouble.hint)
    return kept("visitors are served after empty connections", TIMES, "empty connections")
