"""The cookie that says who somebody is lies open to every script, and goes along with every foreign form."""

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site


@check(
    question="Is the session cookie kept from scripts and from other sites' forms?",
    shows="one stored script steals every visitor's login",
    specification="RFC 6265, 4.1.2.6 (HttpOnly); RFC 6265bis, 4.1.2.7 (SameSite); "
    "OWASP: Session Management Cheat Sheet",
    by_hand="{curl} -sm 5 -D - -o /dev/null {url}/login | grep -i '^set-cookie'",
    hints={
        "scripts": "Add HttpOnly to the session cookie: then no script can read it "
        "(Flask: SESSION_COOKIE_HTTPONLY, which is its default).",
        "other-sites": "Add SameSite=Lax (or Strict) to the session cookie: what browsers do without it "
        "differs (Flask: SESSION_COOKIE_SAMESITE).",
    },
)
def cookie_flags(site: Site) -> Evidence:
    """Log in, find out which cookie the login hangs on, and read the line by which it came."""
    visitor = site.visitor()
    if visitor.log_in() is None:
        return absent("there is no login")
    for name in visitor.session_cookies():
        line = visitor.lines[name]
        _, *attributes = (part.strip().lower() for part in line.split(";"))
        culprit = Culprit(line.encode(), 0, len(name))
        if "httponly" not in attributes:
            return broken(f"the cookie {name} is not HttpOnly", "scripts", culprit=culprit)
        if not {"samesite=lax", "samesite=strict"} & set(attributes):
            return broken(
                f"the cookie {name} is neither SameSite=Lax nor Strict", "other-sites", culprit=culprit
            )
    return kept(f"the session cookie is {'; '.join(attributes)}")
