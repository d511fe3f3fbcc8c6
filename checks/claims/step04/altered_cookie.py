"""A visitor changes their cookie, or writes one, and is whom they please. A cookie is a visitor's word.

The site must be able to tell its own cookies from all others: by a signature, or because it remembers them.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site
from checks.visitor import LOG_IN_BY_HAND

# Keys that stand in tutorials.
WELL_KNOWN = (
    "dev",
    "secret",
    "secret_key",
    "secret-key",
    "key",
    "changeme",
    "change-me",
    "password",
    "123456",
)


@check(
    question="Is a visitor with a cookie that the site did not make a stranger?",
    shows="whoever edits a cookie is logged in as anybody",
    specification="RFC 6265, 8.3 and 8.4; OWASP: Session Management Cheat Sheet",
    by_hand=LOG_IN_BY_HAND + "; {curl} -sm 5 -b \"${c%????}AAAA\" {url}/ | grep -c 'Log out'",
    hints={
        "altered": "The site believes what is in the cookie. Sign it (Flask does, with SECRET_KEY) and check "
        "the signature before you read it, or keep a random number in it and everything else on the server.",
        "made-up": "An identifier that the site never gave out is taken for a login. Let it be random "
        "(128 bits; secrets.token_urlsafe), and refuse those that you do not know.",
        "guessed-key": "The key that signs the cookies stands in every tutorial. Draw one at random "
        "(secrets.token_hex) and keep it in a file that only the server can read.",
    },
)
def altered_cookie(site: Site) -> Evidence:
    """Log in, then come with many cookies that are not quite the one that was given."""
    visitor = site.visitor()
    if visitor.log_in() is None:
        return absent("there is no login")
    for _ in range(2):  # whose cookies may be guessed from ours
        site.visitor(noted=False).log_in()
    cookies = visitor.session_cookies()
    visitor.noted = False
    site.note("and again with cookies that are not quite this one")
    for name in cookies:
        for value, at, hint in forgeries(visitor.cookies[name]):
            if visitor.with_cookie(name, value).is_logged_in():
                culprit = Culprit(f"Cookie: {name}={value}".encode(), 9 + len(name) + at, 1, "we sent")
                return broken("a cookie that the site never made is believed", hint, culprit=culprit)
    return kept("with an altered or made-up cookie, one is a stranger")


def forgeries(value: str) -> Iterator[tuple[str, int, str]]:
    """Cookies to try in place of this one: each with the place where it differs, and what it would prove."""
    # Not the last character: a part of it may stand for no bit of a signature.
    for at in range(0, len(value) - 1, max(1, len(value) // 10)):
        yield value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :], at, "altered"
    yield "A" * len(value), 0, "made-up"
    if value.isdecimal():
        yield from ((str(int(value) + more), len(value) - 1, "made-up") for more in range(1, 7))
    signed, _, signature = value.rpartition(".")
    if len(signature) == 27:  # as Flask writes it: HMAC by SHA-1
        yield from ((resigned(signed, key), len(signed) + 1, "guessed-key") for key in WELL_KNOWN)


def resigned(signed: str, key: str) -> str:
    """Flask's cookie from a second earlier, signed with this key."""
    content, _, seconds = signed.rpartition(".")
    earlier = int.from_bytes(urlsafe_b64decode(seconds + "==")) - 1
    signed = f"{content}.{unpadded(earlier.to_bytes(4))}"
    derived = hmac.digest(key.encode(), b"cookie-session", hashlib.sha1)
    return f"{signed}.{unpadded(hmac.digest(derived, signed.encode(), hashlib.sha1))}"


def unpadded(data: bytes) -> str:
    """The bytes in the base64 of URLs."""
    return urlsafe_b64encode(data).decode().rstrip("=")
