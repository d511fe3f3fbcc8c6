"""A request line that does not end. A server without a limit keeps all of it."""

from checks.claim import Culprit, Evidence, broken, check, kept
from checks.site import Site

LETTERS = 300_000


@check(
    question="Is a request line that is far too long refused with 414?",
    shows="a stranger fills the server's memory with one line",
    specification="RFC 9112, 3; RFC 9110, 15.5.15 (414)",
    by_hand="{curl} -sS -m 5 --http1.1 -o /dev/null -w '%{http_code}\\n' {url}/$(head -c 100000 /dev/zero | "
    "tr '\\0' a)",
    hints={
        "accepted": "The line was read to its end, however long. Set a limit (8,000 bytes at least, says "
        "RFC 9112), and stop reading beyond it.",
        "other-status": "The right words are: 414 URI Too Long.",
        "cut": "The connection was cut without a word. Answer 414 first, then read on for a moment before "
        "you close: closing with unread bytes makes TCP send a reset, and that destroys the answer.",
        "silent": "The server waits for the line's end, or for bytes that it has thrown away. Look at the "
        "size while you receive, and refuse what is too long at once.",
    },
)
def long_line(site: Site) -> Evidence:
    """Ask for a path of many letters."""
    request = site.request("GET", "/" + "a" * LETTERS)
    status = site.ask(request, patience=5.0).status
    if status == 414:
        return kept("414 for a request line of", LETTERS, "bytes")
    culprit = Culprit(request[:80], 4, 76, "we sent")
    hint = "other-status" if status in (400, 413, 431, 500) else "accepted"
    return broken(f"a request line of {LETTERS} bytes is answered with {status}", hint, culprit=culprit)
