"""DELETE on the front page: a server that never looks at the method shows the page, as if all were well."""

from checks.claim import Culprit, Evidence, broken, check, kept
from checks.site import Site


@check(
    question="Is a method that a page does not have refused with 405, and does Allow name those it has?",
    shows="every method gives the same page",
    specification="RFC 9110, 15.5.6 (405) and 10.2.1 (Allow)",
    by_hand="{curl} -sS -m 5 -i -X DELETE {url}/ | head -n 12",
    hints={
        "ignored": "The method is not looked at. Decide by method and path, and refuse the rest with 405.",
        "no-allow": "A 405 must say what would do: `Allow: GET, HEAD`.",
        "wrong-allow": "Allow names the methods that this very path answers: GET is one of them, the "
        "refused one is not.",
        "other-status": "The path exists and the method is a known one, but not here: that is 405. (501 is "
        "for methods that the server does not know at all.)",
    },
)
def wrong_method(site: Site) -> Evidence:
    """Try to delete the front page."""
    answer = site.get("/", method="DELETE")
    if answer.status < 400:
        return broken(f"DELETE / is answered with {answer.status}", "ignored")
    if answer.status != 405:
        return broken(f"DELETE / is answered with {answer.status}", "other-status")
    allowed = [method.strip() for method in answer.field("allow").split(",")]
    if allowed == [""]:
        return broken(
            "the 405 has no Allow field", "no-allow", culprit=Culprit(answer.head, len(answer.head))
        )
    if "GET" not in allowed or "DELETE" in allowed:
        return broken(f"Allow says: {', '.join(allowed)}", "wrong-allow")
    return kept(f"405, with Allow: {', '.join(allowed)}")
