"""A phone loses its network in the middle of an answer. The server meets a reset, and must not die of it.

Needs no HTTP: any bytes are an answer. A site without /download just answers with something smaller.
"""

import time

from checks.claim import Evidence, Trouble, broken, check, kept
from checks.site import Site

LARGE = "/download?bytes=20000000"  # more than the system's buffers hold, so the server is still sending
TIMES = 3
HASTY = 5  # a quick server may be done with one before its reset comes, so the last of them does not even ask
DYING = 0.5  # seconds that a process may take to end


@check(
    question="Is a visitor served after others left in the middle of an answer?",
    shows="a visitor who leaves too early ends the server",
    specification="RFC 9293, 3.5.2 (reset); man 2 send (ECONNRESET, EPIPE and SIGPIPE)",
    by_hand="for i in 1 2 3; do {curl} -s --http0.9 '{url}/download?bytes=20000000' | head -c 9 >/dev/null; "
    "done; {curl} -sS -m 3 --http0.9 {url}/ | head -c 60",
    hints={
        "down": "A reset ended the server. Reading from or writing to a visitor who has left raises an "
        "error (in C, writing also raises SIGPIPE): catch it per connection, and accept the next one.",
        "cut": "The visitor after one who left is cut off: an error in one connection must not end the loop "
        "that accepts them. Catch it per connection.",
        "silent": "The server is stuck with a visitor who has left: end the answer at the first failed send.",
    },
)
def client_leaves(site: Site) -> Evidence:
    """Ask and reset the connection, at once and after the first bytes of an answer; then be a visitor."""
    try:
        for _ in range(TIMES):
            for place in range(HASTY):
                hasty = site.connect()
                if place < HASTY - 1:
                    hasty.send(site.request("GET", "/"))
                hasty.reset()
            reader = site.connect()
            reader.send(site.request("GET", LARGE))
            reader.read(patience=2.0)
            reader.reset()
            next_one = site.connect()
            next_one.send(site.request("GET", "/"))
            if not next_one.read(patience=3.0):
                time.sleep(DYING)
                site.connect().close()  # refused, if the server died of it
                return broken("the next visitor gets no byte", "cut")
            next_one.close()
    except Trouble as trouble:
        return broken(f"after a visitor who left: {trouble}", trouble.hint)
    return kept("visitors are served after others left mid-answer", (HASTY + 1) * TIMES, "resets")
