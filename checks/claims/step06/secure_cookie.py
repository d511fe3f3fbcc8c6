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
        "login": "The login with the account given to this check was refused, or brings no cookie.",
    },
)
def secure_cookie(site: Site) -> Evidence:
    """Log in, and read the line that sets the session's cookie."""
    name, password = site.target.login
    answer = site.visitor().fill_in("/login", "/login", name=name, password=password)
    if answer is None:
        return absent("there is no login")
    lines = answer.fields("set-cookie")
    if not lines:
        return broken(f"the login is answered with {answer.status} and without a cookie", "login")
    for line in lines:
        first, *attributes = (part.strip() for part in line.split(";"))
        if "secure" not in map(str.lower, attributes):
            named = first.partition("=")[0]
            culprit = Culprit(f"Set-Cookie: {line}".encode(), len("Set-Cookie: "), len(named))
            return broken(f"the cookie {named} is not Secure", "plain", culprit=culprit)
    return kept("the session's cookie is Secure")
