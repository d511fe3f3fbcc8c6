"""By HTTP/1.1 a browser has six connections to a site: while six answers are open, a seventh waits."""

import ssl

from checks.claim import Evidence, absent, broken, check, kept
from checks.site import Site

# RFC 9113, 3.4: what a client says first, and an empty SETTINGS frame.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000 04 00 00000000")
SETTINGS = 4


@check(
    question="Is HTTP/2 spoken with those who ask for it?",
    shows="six waiting requests of a browser block the seventh",
    specification="RFC 9113, 3.2 to 3.4; RFC 7301 (ALPN)",
    by_hand="{curl} -sS -m 5 --http2 -o /dev/null -w 'HTTP/%{http_version}\\n' {url}/",
    hints={
        "unasked": "The handshake does not choose h2 (ALPN). Switch it on (`http2 on;` in nginx); the app "
        "behind need not know.",
        "unspoken": "The handshake chose h2, and then the site does not begin with a SETTINGS frame.",
    },
)
def http2(site: Site) -> Evidence:
    """Offer h2 in the handshake, and read the first frame."""
    if not site.address.tls:
        return absent("there is no https")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # that is another claim
    context.set_alpn_protocols(["h2", "http/1.1"])
    wire = site.connect(context=context)
    assert isinstance(wire.socket, ssl.SSLSocket)
    if (chosen := wire.socket.selected_alpn_protocol()) != "h2":
        return broken(f"offered h2, the site chooses {chosen or 'nothing'}", "unasked")
    wire.send(PREFACE)
    first = wire.read(patience=5.0)
    if first[3:4] != bytes([SETTINGS]):
        return broken("chosen h2, the site does not speak it", "unspoken")
    return kept("the handshake chooses h2, and the site speaks it")
