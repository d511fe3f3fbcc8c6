"""A visitor signs. Her name is not ASCII, and her form arrives in two pieces, as it does from far away."""

import secrets

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.entry import NAME, show, sign
from checks.site import Site


@check(
    question=f"Is an entry by {NAME} on the page after the form was sent?",
    shows="a form is not understood: its body, its encoding",
    specification="RFC 9110, 15.4.4 (303) and 8.6 (Content-Length); URL Standard, 5 (urlencoded)",
    by_hand="j=$(mktemp); t=$({curl} -s -m 5 -c $j {url}/sign | sed -n "
    "'s/.*csrf_token[^>]*value=\"\\([^\"]*\\).*/\\1/p'); "
    '{curl} -sS -m 5 -b $j -e {url}/ -i -d "csrf_token=$t&name=Zo%C3%AB&message=Hi" {url}/guestbook '
    "| head -n 1; {curl} -s -m 5 {url}/?new | grep Zo; rm $j",
    hints={
        "half": "Only the part of the body that came with the head was read. Content-Length says how many "
        "bytes to wait for: receive until they are there.",
        "status": "After a form was taken, send the browser to the page with `303 See Other` and `Location: "
        "/`; else a reload signs again.",
        "mojibake": "The bytes were decoded by another encoding than UTF-8. `%C3%AB` are two bytes: undo "
        "the percent signs to bytes first, then decode all of them as UTF-8, and encode the page as UTF-8.",
        "lost": "The form was taken, and the entry is not on the page to which the visitor was sent.",
    },
)
def signed_entry(site: Site) -> Evidence:
    """Sign with the body in two pieces; where that fails, in one, to know the reason."""
    mark = secrets.token_hex(4)
    answer = sign(site, f"Grüße {mark}", lambda body: [body[:7], body[7:]])
    if answer is None:
        return absent("there is no form to sign with")
    if answer.status not in (302, 303) or not show(site, mark):
        whole = sign(site, f"Grüße {mark}", lambda body: [body])
        if whole and whole.status in (302, 303) and show(site, mark):
            return broken("a form whose body comes in two pieces is lost; in one piece it is not", "half")
    if answer.status != 303:
        return broken(f"the form is answered with {answer.status}", "status")
    if not (line := show(site, mark)):
        return broken("the entry is not on the page", "lost")
    if NAME not in line or "Grüße" not in line:
        return broken("the entry's letters are wrong", "mojibake", culprit=Culprit(line.encode()))
    return kept(f"303, and the entry by {NAME} is on the page")
