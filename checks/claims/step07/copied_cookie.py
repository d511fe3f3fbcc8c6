"""Somebody copied the cookie, then the visitor logs out. The thief may still be logged in."""

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site
from checks.visitor import LOG_IN_BY_HAND

TOKEN = r's/.*csrf_token[^>]*value="\([^"]*\)".*/\1/p'


@check(
    question="Is a copied cookie worthless after the logout?",
    shows="a logout ends nothing: a copied cookie lives on",
    specification="OWASP: Session Management Cheat Sheet (session expiration); RFC 6265, 8.4",
    by_hand=LOG_IN_BY_HAND + "; t=$({curl} -sm 5 -b $j {url}/ | sed -n '" + TOKEN + "'); "
    "{curl} -sm 5 -o /dev/null -b $j -c $j -e {url}/ -d csrf_token=$t {url}/logout; "
    '{curl} -sm 5 -H "Cookie: $c" {url}/ | grep -c /logout',
    hints={
        "alive": "The logout deletes the cookie in one browser; whoever else has it is still believed. Keep "
        "the session on the server under a random number, and delete it there at the logout.",
        "login": "The login with the account given to this check does not work.",
        "logout": "The visitor is still logged in after the logout.",
    },
)
def copied_cookie(site: Site) -> Evidence:
    """Log in, have the cookie copied, log out; then be the thief."""
    owner = site.visitor()
    accepted = owner.log_in()
    if accepted is None:
        return absent("there is no login")
    if not accepted or not owner.is_logged_in():
        return broken("the login is refused, or forgotten at once", "login")
    thief = owner.copy()
    owner.log_out()
    if owner.is_logged_in():
        return broken("the logout does not log out", "logout")
    if not thief.is_logged_in():
        return kept("a cookie that was copied before the logout is worthless after it")
    name, value = next(iter(thief.cookies.items()))
    line = f"Cookie: {name}={value}"
    culprit = Culprit(line.encode(), line.index("=") + 1, len(value), whose="we sent")
    return broken("a cookie that was copied before the logout is still believed", "alive", culprit=culprit)
