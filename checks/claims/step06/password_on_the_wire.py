"""A visitor logs in from a café, and whoever runs its network reads the password, or the cookie."""

from urllib.parse import quote_plus

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.relay import on_the_path
from checks.site import Site


@check(
    question="Do password and session stay unread by somebody who sits on the path?",
    shows="anyone on the path reads the password",
    specification="RFC 8446, 1 (confidentiality); OWASP: Transport Layer Security Cheat Sheet",
    # nc is the relay, and tee keeps the copy.
    by_hand="mkfifo p; nc -l 127.0.0.1 9999 <p | tee copy | nc {host} {port} >p & sleep 1; {curl} -s -m 5 "
    "-o /dev/null --connect-to ::127.0.0.1:9999 -d password=word {url}/login; grep -ac =word copy; rm p copy",
    hints={
        "password": "The login form travels as plain text. Serve it, and everything after it, by TLS only: a "
        "proxy with a certificate in front of the app will do.",
        "cookie": "The session's cookie travels as plain text, and is as good as the password until the "
        "logout. Serve all pages by TLS, not only the login form.",
        "login": "The login with the account given to this check was refused, so there was nothing to read.",
    },
)
def password_on_the_wire(site: Site) -> Evidence:
    """Log in through a relay that keeps a copy; then look for the secrets in the copy."""
    with on_the_path(site) as (relay, through):
        visitor = through.visitor()
        accepted = visitor.log_in()
        visitor.get("/")  # now with the cookie
        sent = relay.seen("visitor")
    if accepted is None:
        return absent("there is no login")
    if not accepted:
        return broken("the login is refused", "login")
    secrets = [("password", quote_plus(site.target.login[1]))]
    secrets += [("cookie", value) for value in visitor.cookies.values()]
    for kind, secret in secrets:
        if (at := sent.find(secret.encode())) >= 0:
            line = Culprit(*_line(sent, at), length=len(secret), whose="somebody on the path read")
            return broken(f"the {kind} is readable on the path", kind, culprit=line)
    return kept("somebody on the path reads neither password nor cookie in", len(sent), "bytes")


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    """The line around that place, and where the place is in it."""
    begin = data.rfind(b"\n", 0, at) + 1
    return data[begin:].split(b"\r\n", 1)[0], at - begin
