"""A neighbour below the same domain, or whoever answers for it by plain http, sets a cookie of the same name.

A cookie does not say who set it. A browser takes one named __Host-… by TLS only, and from this host alone.
"""

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site

PREFIX = "__Host-"


@check(
    question="Can nobody but this host, by TLS, set the session's cookie (__Host-)?",
    shows="a neighbour's host, or anybody on the path by plain http, plants a session's cookie",
    specification="RFC 6265bis, 4.1.3.2 (the __Host- prefix); OWASP: Session Management Cheat Sheet",
    by_hand="{curl} -sS -m 5 -D - -o /dev/null {url}/login | grep -i '^set-cookie'",
    hints={
        "prefix": "Begin the cookie's name with __Host- (Flask: SESSION_COOKIE_NAME). Without it a browser "
        "takes a cookie of that name from every host of the same domain, and by plain http.",
        "conditions": "A browser refuses a cookie named __Host-… unless its line says Secure and Path=/ and "
        "names no Domain: nobody will be able to log in.",
        "unerasable": "The line that erases the cookie at the logout must keep the prefix's conditions, too "
        "(Secure, Path=/, no Domain), or a browser does not heed it, and keeps the cookie.",
        "login": "The login with the account given to this check does not work, or brings no cookie.",
    },
)
def host_prefix(site: Site) -> Evidence:
    """Log in, read the line that set the session's cookie; log out, read the one that erases it."""
    visitor = site.visitor()
    accepted = visitor.log_in()
    if accepted is None:
        return absent("there is no login")
    if not accepted:
        return broken("the login is refused", "login")
    names = visitor.session_cookies()
    for name in names:
        line = visitor.lines[name]
        if not name.startswith(PREFIX):
            return broken(f"the cookie {name} can be set by others", "prefix", culprit=named(line, name))
        if not keeps_conditions(line):
            return broken("no browser takes the cookie", "conditions", culprit=named(line, name))
    farewell = visitor.log_out()
    for line in farewell.fields("set-cookie") if farewell else []:
        name = line.partition("=")[0]
        if name in names and not keeps_conditions(line):
            return broken("no browser heeds the logout", "unerasable", culprit=named(line, name))
    return kept("only this host, by TLS, can set the session's cookie")


def keeps_conditions(line: str) -> bool:
    """Whether a browser takes a line that sets a cookie with the prefix."""
    attributes = [part.strip().lower() for part in line.split(";")[1:]]
    domain = any(attribute.partition("=")[0] == "domain" for attribute in attributes)
    return "secure" in attributes and "path=/" in attributes and not domain


def named(line: str, name: str) -> Culprit:
    """The line, and in it the name."""
    return Culprit(f"Set-Cookie: {line}".encode(), len("Set-Cookie: "), len(name))
