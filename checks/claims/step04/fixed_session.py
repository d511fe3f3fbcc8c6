"""Somebody plants a cookie of their own in your browser; you log in, and they are logged in as you.

So a login must begin a session whose cookie nobody has seen before; nor may a cookie be the visitor's choice.
"""

import secrets

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site
from checks.visitor import Visitor

FORM = r"""{curl} -sm 5 -c $p {url}/login | sed -n 's/.*csrf_token[^>]*value="\([^"]*\)".*/\1/p'"""


@check(
    question="Does a login begin a session that nobody could have planted?",
    shows="whoever planted the cookie before the login is logged in after it",
    specification="OWASP: Session Management Cheat Sheet (renew the session ID after any privilege level "
    "change); RFC 6265, 8.4",
    by_hand=f"p=$(mktemp); t=$({FORM}); {{curl}} -sm 5 -o /dev/null -b $p -e {{url}}/login -d name=ada "
    "-d password=analytical -d csrf_token=$t {url}/login; {curl} -sm 5 -b $p {url}/ | grep -c /logout",
    hints={
        "adopted": "The site goes on with an identifier that the visitor brought along and the site never "
        "gave out. Draw a new one for each that you do not know.",
        "planted": "The session from before the login goes on after it, under the same identifier. Draw a "
        "new one at the login, and delete the old session (Flask-Session: regenerate; elsewhere often "
        "called rotate or renew).",
        "login": "The login with the account given to this check does not work.",
    },
)
def fixed_session(site: Site) -> Evidence:
    """Log in with a cookie that somebody made up, then with one that the site had given to that somebody."""
    visitor = site.visitor(site.elsewhere())
    accepted = visitor.log_in()
    if accepted is None:
        return absent("there is no login")
    if not accepted:
        return broken("the login is refused", "login")
    for name in visitor.session_cookies():
        attacker = site.visitor(site.elsewhere())
        attacker.cookies[name] = secrets.token_hex(len(visitor.cookies[name]))[: len(visitor.cookies[name])]
        if got_in(attacker):
            return broken(
                "a login keeps a cookie that the visitor made up", "adopted", culprit=line(attacker)
            )
    attacker = site.visitor(site.elsewhere())
    attacker.get("/login")
    if attacker.cookies and got_in(attacker):
        return broken("the cookie from before the login is logged in, too", "planted", culprit=line(attacker))
    return kept("a cookie from before the login is worth nothing after it")


def got_in(attacker: Visitor) -> bool:
    """Whether the attacker is logged in after a victim, in whose browser the same cookies were, has been."""
    victim = attacker.copy()
    victim.log_in()
    return attacker.copy().is_logged_in()


def line(attacker: Visitor) -> Culprit:
    """The line with the planted cookie."""
    name, value = next(iter(attacker.cookies.items()))
    return Culprit(f"Cookie: {name}={value}".encode(), 9 + len(name), len(value), "we sent")
