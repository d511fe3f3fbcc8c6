"""One request by http, a picture even, and the browser shows the session's cookie to the whole path."""

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site


@check(
    question="Is the session's cookie kept to https (Secure)?",
    shows="the session's cookie travels in the open",
    specification="RFC 6265, 4.1.2.5 and 8.3; OWASP: Session Management Cheat Sheet",
    by_hand="{curl} -sS -m 5 -D - -o /dev/null {url}/login | grep -i '^set-cookie'",
    hints={
        "plain": "Without Secure a browser sends the cookie by plain http too, where the whole path can "
        "read it. Set Secure as soon as the site is reached by TLS.",
        "login": "The login with the account given to this check does not work, or brings no cookie.",
    },
)
def secure_cookie(site: Site) -> Evidence:
    """Log in, and read the line that set the session's cookie."""
    visitor = site.visitor()
    accepted = visitor.log_in()
    if accepted is None:
        return absent("there is no login")
    if not accepted:
        return broken("the login is refused", "login")
    for name in visitor.session_cookies():
        line = f"Set-Cookie: {visitor.lines[name]}"
        attributes = [part.strip().lower() for part in line.split(";")[1:]]
        if "secure" not in attributes:
            culprit = Culprit(line.encode(), len("Set-Cookie: "), len(name))
            return broken(f"the cookie {name} is not Secure", "plain", culprit=culprit)
    return kept("the session's cookie is Secure")
