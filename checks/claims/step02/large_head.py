"""Header fields without end: a server without a limit keeps them all."""

from checks.claim import Culprit, Evidence, broken, check, kept
from checks.site import Site

FIELDS, SIZE = 300, 1000


@check(
    question="Are header fields that are far too many and too long refused with 431?",
    shows="a stranger fills the server's memory with header fields",
    specification="RFC 6585, 5 (431); RFC 9110, 5.4",
    by_hand="{curl} -sS -m 5 --http1.1 -o /dev/null -w '%{http_code}\\n' -H \"X-Filler: $(head -c 100000 "
    "/dev/zero | tr '\\0' a)\" {url}/",
    hints={
        "accepted": "The head was read to its end, however long. Set a limit for all of it, and stop "
        "reading beyond it.",
        "other-status": "The right words are: 431 Request Header Fields Too Large.",
        "cut": "The connection was cut without a word. Answer 431 first, then read on for a moment before "
        "you close: closing with unread bytes makes TCP send a reset, and that destroys the answer.",
        "silent": "The server waits for the head's end, or for bytes that it has thrown away. Look at the "
        "size while you receive, and refuse what is too long at once.",
    },
)
def large_head(site: Site) -> Evidence:
    """Ask for the front page with many large fields."""
    fields = [(f"X-Filler-{number}", "a" * SIZE) for number in range(FIELDS)]
    status = site.ask(site.request("GET", "/", *fields), patience=5.0).status
    if status == 431:
        return kept("431 for header fields of", FIELDS * SIZE, "bytes")
    culprit = Culprit(f"{fields[0][0]}: {fields[0][1][:60]}".encode(), 12, 60, "we sent")
    hint = "accepted" if status < 400 or status == 404 else "other-status"
    return broken(f"{FIELDS * SIZE} bytes of header fields are answered with {status}", hint, culprit=culprit)
