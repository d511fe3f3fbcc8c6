"""A request says two things about its length. A proxy believes one, the server behind it the other, and a
second request is smuggled in between. Who cannot be sure where a request ends must refuse it and close.
"""

from contextlib import suppress

from checks.answers import Answer
from checks.claim import Culprit, Evidence, Trouble, broken, check, kept
from checks.site import Site

# The fields, which statuses refuse them, and whether an answer by the chunks alone is allowed too.
CASES: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...] = (
    (("Content-Length: 5", "Content-Length: 6"), (400,)),
    (("Content-Length: 5, 6",), (400,)),
    (("Content-Length: +5",), (400,)),
    (("Content-Length: -5",), (400,)),
    (("Content-Length: 0x5",), (400,)),
    (("Transfer-Encoding: xchunked",), (400, 501)),
    (("Content-Length: 5", "Transfer-Encoding: chunked"), (400, 501)),
)
BODY, CHUNKED = b"a=bcd", b"0\r\n\r\n"


@check(
    question="Is a request refused, and the connection closed, when its length is contradictory or no "
    "number?",
    shows="a second request is smuggled past whoever reads the length otherwise",
    specification="RFC 9112, 6.1, 6.3 and 11.2 (request smuggling)",
    by_hand="{curl} -sS -m 5 --http1.1 -i -H 'Content-Length: 5' -H 'Transfer-Encoding: chunked' -d a=bcd "
    "{url}/hello | head -n 3",
    hints={
        "guessed": "One of several meanings was chosen. Refuse with 400 what is not exactly one row of "
        "digits: look at every Content-Length field, and do not leave the syntax to int(), which takes +5 "
        "and -5.",
        "smuggled": "The bytes behind the doubtful request were answered as a request of their own. After a "
        "400 nobody knows where the next request begins: close the connection.",
        "kept-open": "The refusal is right, but the connection stays open. Nobody knows where the next "
        "request begins: say `Connection: close`, and close.",
    },
)
def contradictory_lengths(site: Site) -> Evidence:
    """Send each, with a second request behind it; look for one refusal, no second answer, and the end."""
    for fields, refusals in CASES:
        both = len(fields) > 1 and "chunked" in fields[1]
        bytes_sent = doubtful(site, fields, CHUNKED if both else BODY)
        wire = site.connect()
        wire.send(bytes_sent)
        answer = wire.answer(patience=3.0)
        at = bytes_sent.index(fields[-1].encode())
        culprit = Culprit(bytes_sent, at, len(fields[-1]), "we sent")
        said = " and ".join(fields)
        # RFC 9112, 6.1: chunks beside a length may be taken at their word, if the connection ends then.
        if answer.status not in refusals and not both:
            return broken(f"{said}: answered with {answer.status}", "guessed", culprit=culprit)
        with suppress(Trouble):
            second: Answer = wire.answer(patience=1.0)
            return broken(f"{said}: also a second answer, {second.status}", "smuggled", culprit=culprit)
        wire.close()  # or a server that serves one at a time goes on waiting for us
        if not wire.ended:
            return broken(f"{said}: the connection stays open", "kept-open", culprit=culprit)
    return kept("each refused, and the connection closed", len(CASES), "requests")


def doubtful(site: Site, fields: tuple[str, ...], body: bytes) -> bytes:
    """The doubtful request, and behind it one that nobody should see."""
    # GET, for the page itself has no reason to refuse it: a form might be answered with 400 for what it says.
    head = ["GET /hello?name=check HTTP/1.1", f"Host: {site.address.authority}", *fields, "", ""]
    return "\r\n".join(head).encode() + body + site.request("GET", "/hello?name=smuggled")
