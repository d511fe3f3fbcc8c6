"""Somebody on the path changes the page on its way, and the visitor's browser shows what they wrote."""

from checks.claim import Culprit, Evidence, Trouble, broken, check, kept
from checks.relay import on_the_path
from checks.site import Site

ASKED, FORGED = b"Adalbert", b"Mallory!"  # of one length: no field of the answer gives it away


@check(
    question="Is an answer refused that somebody changed on its way?",
    shows="anyone on the path changes the page",
    specification="RFC 8446, 1 and 5.2 (TLS: integrity; bad_record_mac); RFC 9110, 17.9",
    by_hand="{curl} -sS -m 5 -o /dev/null -w '%{scheme}\\n' {url}/ # HTTP: nothing would notice a change",
    hints={
        "taken": "Nothing in the answer proves that it came as it was sent. By TLS, each record carries a "
        "proof that only the two ends can make; a changed one ends the connection.",
    },
)
def tampered_answer(site: Site) -> Evidence:
    """Ask for a page through a relay that changes the answer, and see whether the client takes it."""
    with on_the_path(site) as (relay, through):
        wire = through.connect()  # a TLS handshake is let through: the answer is what is changed
        relay.change = _forge
        wire.send(through.request("GET", f"/hello?name={ASKED.decode()}"))
        try:
            answer = wire.answer()
        except Trouble as refusal:
            if not site.address.tls:
                raise
            return kept(f"the client refuses the changed answer: {refusal}")
    line = next((line for line in answer.body.splitlines() if FORGED in line), answer.body[-80:])
    culprit = Culprit(line, max(line.find(FORGED), 0), len(FORGED), whose="the visitor took")
    return broken("the client takes an answer that was changed on its way", "taken", culprit=culprit)


def _forge(data: bytes) -> bytes:
    """Another name where the name can be read; else one other byte.

    An early one, behind the five bytes that begin a record: what ends the connection may follow the answer at
    once, and nobody would miss that.
    """
    if ASKED in data:
        return data.replace(ASKED, FORGED)
    at = min(10, len(data) - 1)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
