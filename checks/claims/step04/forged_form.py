"""Another site's page posts a form to this one, and the visitor's browser adds the visitor's cookies.

Only what the other site cannot know tells the two apart: a token that this site gave to this visitor.
"""

import secrets

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site
from checks.visitor import forms

ELSEWHERE = "http://evil.example"


@check(
    question="Is a form refused that another site sends with the visitor's cookies?",
    shows="any page in the world signs in the visitor's name",
    specification="OWASP: Cross-Site Request Forgery Prevention Cheat Sheet; RFC 6265, 8.2",
    by_hand="j=$(mktemp); {curl} -sm 5 -c $j -o /dev/null {url}/sign; {curl} -sm 5 -b $j -o /dev/null "
    f"-w '%{{http_code}}\\n' -H 'Origin: {ELSEWHERE}' -d name=mallory -d message=forged {{url}}/guestbook",
    hints={
        "no-token": "The form is accepted whoever made it. Put a random token into the form and into the "
        "visitor's session, and refuse a form whose two copies differ (Flask-WTF: CSRFProtect).",
        "any-token": "A token is asked for, but anybody's will do. It must be the one that stands in this "
        "visitor's session.",
        "own-form": "The site refuses its own form, or does not show the entry: mend that first.",
    },
)
def forged_form(site: Site) -> Evidence:
    """Sign as a visitor may; then send the form as another site would: with no token, with a wrong one."""
    victim, stranger = site.visitor(), site.visitor()
    if victim.sign(mark := secrets.token_hex(4)) is None:
        return absent("there is no form to sign with")
    if mark not in stranger.get(f"/?{mark}").text:
        return broken("the site's own form, filled in by a visitor, leaves no entry", "own-form")
    (theirs,) = (form for form in forms(stranger.get("/sign").text) if form.action == "/guestbook")
    for fields, hint, how in (
        ({}, "no-token", "without a token"),
        (theirs.fields, "any-token", "with a token that was given to somebody else"),
    ):
        mark = secrets.token_hex(4)
        forged = {**fields, "name": "mallory", "message": mark}
        answer = victim.post("/guestbook", forged, origin=ELSEWHERE)
        if mark in site.get(f"/?{mark}").text:
            sent = Culprit(f"Origin: {ELSEWHERE}".encode(), 8, len(ELSEWHERE), "we sent")
            return broken(f"a form of another site, {how}, has signed the guest book", hint, culprit=sent)
    return kept(f"a form of another site is refused ({answer.status}), and leaves no entry")
