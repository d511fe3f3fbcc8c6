"""A body that is too large, announced or sent. The refusal must come, and survive the way to the client."""

from checks.claim import Culprit, Evidence, Trouble, absent, broken, check, kept
from checks.site import Site

ANNOUNCED = 2_147_483_647  # and not a byte of it is sent
SENT = 8_000_000
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@check(
    question="Is a body that is far too large refused with 413, so that the client gets to read the refusal?",
    shows="a stranger fills the server's memory with one form",
    specification="RFC 9110, 15.5.14 (413); RFC 9112, 9.6 (why closing at once destroys the answer)",
    by_hand="head -c 8000000 /dev/zero | {curl} -sS -m 9 --http1.1 -o /dev/null -w '%{http_code}\\n' -H "
    "Expect: --data-binary @- {url}/guestbook",
    hints={
        "silent": "The server waits for the whole body, however large. Look at Content-Length before you "
        "read, and refuse with 413 what is too large.",
        "accepted": "There is no limit: the body was read, however large. Refuse it with 413 as soon as it "
        "is longer than you are willing to keep.",
        "other-status": "The right words are: 413 Content Too Large.",
        "reset": "The connection was closed while the client was still sending: TCP answers that with a "
        "reset, and a reset can overtake and destroy the 413. End your side first (shutdown), then read on "
        "for a moment.",
    },
)
def large_body(site: Site) -> Evidence:
    """Announce two gigabytes; then really send eight megabytes."""
    announced = site.request("POST", "/guestbook", FORM, ("Content-Length", str(ANNOUNCED)))
    status = site.ask(announced, "POST", patience=3.0).status
    if status in (404, 405, 501):
        return absent("nobody takes a form at /guestbook")
    if status != 413:
        return not_413(f"{ANNOUNCED} bytes, announced", status, announced)
    sent = site.request("POST", "/guestbook", FORM, body=b"name=check&message=" + b"a" * SENT)
    wire = site.connect()
    wire.send(sent)
    try:
        status = wire.answer("POST", patience=5.0).status
    except Trouble as trouble:
        return broken(f"{SENT} bytes, sent: {trouble}", "reset" if wire.cut else trouble.hint)
    if status != 413:
        return not_413(f"{SENT} bytes, sent", status, sent[: sent.index(b"\r\n\r\n") + 4])
    wire.is_closed(2.0)  # a reset may follow
    if wire.cut:
        return broken(f"413 for {SENT} bytes, but a reset follows it", "reset")
    return kept("413, announced or sent, and no reset follows", SENT, "bytes")


def not_413(what: str, status: int, head: bytes) -> Evidence:
    """Another answer than the right one."""
    at = head.index(b"Content-Length")
    culprit = Culprit(head, at, head.index(b"\r\n", at) - at, "we sent")
    hint = "other-status" if status in (411, 431, 500) else "accepted"
    return broken(f"{what}: answered with {status}", hint, culprit=culprit)
