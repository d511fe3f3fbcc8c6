"""A redirect protects from the second request on. The first one, by http, is what an attacker waits for."""

import re
from dataclasses import replace

from checks.answers import Answer
from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site

REAL_NAME = "app.lab.test"  # what the site is called where it is reached as localhost only
MONTH = 30 * 86400


@check(
    question="Are browsers told to come by https from the start (HSTS)?",
    shows="the first request of each visit goes by plain http",
    specification="RFC 6797, 6.1 and 7.2",
    by_hand="{curl} -sSI -m 5 --resolve app.lab.test:{port}:{host} https://app.lab.test:{port}/hello | "
    "grep -i '^strict'",
    hints={
        "missing": "Send `Strict-Transport-Security: max-age=63072000` with every answer that goes by https.",
        "short": "After max-age seconds a browser forgets it, and asks by http again: take a year or two.",
        "localhost": "Browsers would remember it for localhost on every port, and other projects on this "
        "machine would break: send it for the site's real name only.",
    },
)
def hsts(site: Site) -> Evidence:
    """Ask by https under a real name; then, where there is one, as localhost."""
    if not site.address.tls:
        return absent("there is no https")
    is_local = site.address.name == "localhost"
    name = REAL_NAME if is_local else site.address.name
    answer = _ask_as(site, name)
    if answer.status >= 400:
        return absent(f"the site does not go by the name {name}")
    field = answer.field("strict-transport-security")
    age = re.search(r"max-age\s*=\s*\"?(\d+)", field, re.IGNORECASE)
    if not age:
        return broken(f"https://{name} does not say Strict-Transport-Security", "missing")
    if int(age[1]) < MONTH:
        return broken("browsers remember it for only", "short", int(age[1]), "s", _line(field))
    if is_local and (told := _ask_as(site, "localhost").field("strict-transport-security")):
        return broken("it is said for localhost too", "localhost", culprit=_line(told))
    return kept("browsers remember it for", int(age[1]) // 86400, "days")


def _ask_as(site: Site, name: str) -> Answer:
    """The answer of /hello to somebody who calls the site by that name."""
    address = replace(site.address, name=name)
    wire = site.connect(address)
    wire.send(f"GET /hello HTTP/1.1\r\nHost: {address.authority}\r\nConnection: close\r\n\r\n".encode())
    return wire.answer()


def _line(value: str) -> Culprit:
    return Culprit(
        f"Strict-Transport-Security: {value}".encode(), len("Strict-Transport-Security: "), len(value)
    )
