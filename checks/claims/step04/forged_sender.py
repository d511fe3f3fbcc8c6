"""A visitor writes the header fields that only a proxy should write, and the site believes them.

Then the log and every limit hold whatever address the visitor likes, and plain http passes for https.
"""

import ipaddress
import json
from contextlib import suppress

from checks.answers import Answer
from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site

NOBODY = "203.0.113.7"  # an address for documents, RFC 5737
ADDRESSES = (
    "X-Forwarded-For",
    "X_Forwarded_For",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
)
SCHEMES = ("X-Forwarded-Proto", "X_Forwarded_Proto", "X-Forwarded-Scheme", "X-Scheme", "X-Url-Scheme")


@check(
    question="Does the site see through a visitor who pretends to be a proxy?",
    shows="anybody chooses the address in the log, and passes plain http off as https",
    specification="RFC 7239, 8.1; OWASP: Web Security Testing Guide, 4.7.17 (host and forwarding headers)",
    by_hand=f"{{curl}} -sm 5 -H 'X-Forwarded-For: {NOBODY}' -H 'X-Forwarded-Proto: https' {{url}}/whoami",
    hints={
        "believed": "A header field that a visitor wrote is believed. The proxy must overwrite it (in nginx: "
        "proxy_set_header X-Forwarded-For $remote_addr), and the app must believe exactly as many proxies as "
        "there are (ProxyFix; gunicorn's forwarded_allow_ips): with none in front of it, nobody.",
        "unforwarded": "The app sees the proxy, not the visitor. The proxy must say who asks "
        "(X-Forwarded-For, X-Forwarded-Proto), and the app must be told to believe it (ProxyFix).",
    },
)
def forged_sender(site: Site) -> Evidence:
    """Ask the site whom it sees; then pretend, with one header field at a time."""
    honest = seen(site.get("/whoami"))
    if honest is None:
        return absent("the site does not say whom it sees: no /whoami with scheme and client")
    scheme, client = honest
    if scheme != ("https" if site.address.tls else "http") or not is_address(client):
        return broken(
            f"the app takes the visitor for {client or 'nobody'}, coming by {scheme}", "unforwarded"
        )
    for name, value in lies("http" if site.address.tls else "https"):
        if seen(site.get("/whoami", (name, value))) not in (
            honest,
            None,
        ):  # None: refused, which is right too
            line = Culprit(f"{name}: {value}".encode(), len(name) + 2, len(value), "we sent")
            return broken("the app believes what a visitor wrote", "believed", culprit=line)
    return kept(f"whatever a visitor writes, the app sees {client} coming by {scheme}")


def lies(scheme: str) -> list[tuple[str, str]]:
    """Header fields by which a visitor would come from elsewhere, or by another scheme."""
    return [
        *((name, NOBODY) for name in ADDRESSES),
        *((name, scheme) for name in SCHEMES),
        ("X-Forwarded-For", f"{NOBODY}, {NOBODY}"),
        ("X-Forwarded-Protocol", "ssl"),
        ("X-Forwarded-Ssl", "on"),
        ("Front-End-Https", "on"),
        ("Forwarded", f"for={NOBODY};proto={scheme}"),
    ]


def seen(answer: Answer) -> tuple[str, str] | None:
    """The scheme and the client's address of an answer of /whoami."""
    with suppress(ValueError):
        whom = json.loads(answer.body)
        if answer.status == 200 and isinstance(whom, dict) and {"scheme", "client"} <= whom.keys():
            return str(whom["scheme"]), str(whom["client"] or "")
    return None


def is_address(text: str) -> bool:
    """Whether it is an IP address."""
    with suppress(ValueError):
        return bool(ipaddress.ip_address(text))
    return False
