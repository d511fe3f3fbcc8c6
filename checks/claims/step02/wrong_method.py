"""Somebody deletes the front page. A server that never looks at the method shows it, as if all were well."""

from checks.answers import Answer
from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site

# What is asked, and what would have been right there.
CASES = (("DELETE", "/", "GET"), ("GET", "/guestbook", "POST"))


@check(
    question="Is a method that a page does not have refused with 405, and does Allow name the others?",
    shows="every method gives the same page",
    specification="RFC 9110, 15.5.6 (405) and 10.2.1 (Allow)",
    by_hand="{curl} -sS -m 5 -i -X DELETE {url}/ | head -n 12",
    hints={
        "ignored": "The method is not looked at. Decide by method and path, and refuse the rest with 405.",
        "no-allow": "A 405 must say what would do: `Allow: GET, HEAD`.",
        "wrong-allow": "Allow names the methods that this very path answers, so never the refused one.",
        "other-status": "The path exists and the method is a known one, but not here: that is 405. (501 is "
        "for methods that the server does not know at all.)",
    },
)
def wrong_method(site: Site) -> Evidence:
    """Try to delete the front page, and to open the address to which the form is sent."""
    allowed = []
    for method, path, right in CASES:
        answer = site.get(path, method=method)
        # A server that knows no DELETE at all may say 501 (RFC 9110, 9.1); not every site has a guest book.
        if (method, answer.status) in (("DELETE", 501), ("GET", 404)):
            continue
        if wrong := misjudged(answer, method, path, right):
            return wrong
        allowed.append(answer.field("allow"))
    if not allowed:
        return absent("the server knows no DELETE, and there is no guest book")
    return kept(f"405, with Allow: {' and Allow: '.join(allowed)}")


def misjudged(answer: Answer, method: str, path: str, right: str) -> Evidence | None:
    """What is wrong with the refusal."""
    if answer.status < 400:
        return broken(f"{method} {path} is answered with {answer.status}", "ignored")
    if answer.status != 405:
        return broken(f"{method} {path} is answered with {answer.status}", "other-status")
    allowed = [name.strip() for name in answer.field("allow").split(",")]
    if allowed == [""]:
        end = Culprit(answer.head, len(answer.head))
        return broken(f"the 405 for {method} {path} has no Allow field", "no-allow", culprit=end)
    if right not in allowed or method in allowed:
        return broken(f"{method} {path} is refused, and Allow says: {', '.join(allowed)}", "wrong-allow")
    return None
