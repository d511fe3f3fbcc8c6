"""Two requests arrive in one segment. Whoever throws away what follows the first, loses the second."""

from checks.answers import Answer
from checks.claim import Culprit, Evidence, Trouble, broken, check, kept
from checks.site import Site

NAMES = ("Zoë-eins", "Zoë-zwei")  # not ASCII: a length that counts characters is too short
PATHS = ("/hello?name=Zo%C3%AB-eins", "/hello?name=Zo%C3%AB-zwei")


@check(
    question="Are two requests in one segment both answered, in order, or is the second one honestly "
    "declined?",
    shows="the second of two requests that arrive together is lost",
    specification="RFC 9112, 9.3.2 (pipelining) and 9.6 (close)",
    by_hand="r='GET /hello HTTP/1.1\\r\\nHost: {host}\\r\\n'; "
    'printf "$r\\r\\n${r}Connection: close\\r\\n\\r\\n" | '
    "{nc} | grep -aE '^(HTTP|Connection)'",
    hints={
        "lost": "The bytes after the first request were thrown away. They are the next request: keep them "
        "for the next round, or say `Connection: close` in the answer and close.",
        "length": "Behind the first answer stand bytes that belong to no answer. Content-Length counts "
        "bytes, not characters: take the length of the encoded body.",
        "order": "The answers do not belong to the requests in the order in which those came.",
        "unframed": "The first answer has no length, so nobody can tell where the second begins: send a "
        "Content-Length, or chunks, or `Connection: close`.",
        "kept-open": "The answer says `Connection: close`, and the connection stays open: close it.",
    },
)
def two_in_one(site: Site) -> Evidence:
    """Send both at once, and read what comes."""
    wire = site.connect()
    wire.send(site.request("GET", PATHS[0], close=False) + site.request("GET", PATHS[1]))
    first = wire.answer(patience=3.0)
    if wrong := misplaced(first, *NAMES):
        return wrong
    if first.closes:
        if not says_how_it_ends(first):
            return broken(
                "the first answer has no length and does not say that the connection ends", "unframed"
            )
        if wire.buffer or not wire.ended and not wire.is_closed(3.0):
            return broken("it says `Connection: close`, and does not close", "kept-open")
        return kept("the server says that it answers once a connection, and closes", 1, "answers")
    try:
        second = wire.answer(patience=3.0)
    except Trouble as trouble:
        rest = bytes(wire.buffer[:80])
        return broken(f"the second request: {trouble}", "length" if rest else "lost", culprit=trouble.culprit)
    return misplaced(second, *reversed(NAMES)) or kept("both answered, in order", 2, "answers")


def misplaced(answer: Answer, name: str, other: str) -> Evidence | None:
    """Whether this is the answer to the other request."""
    if other in answer.text and name not in answer.text:
        at = answer.body.index(other.encode())
        return broken("this answer belongs to the other request", "order", culprit=Culprit(answer.body, at))
    return None


def says_how_it_ends(answer: Answer) -> bool:
    """By `Connection: close`, or by being HTTP/1.0, which closes."""
    return "close" in answer.field("connection").lower() or answer.head.startswith(b"HTTP/1.0")
