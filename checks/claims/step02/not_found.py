"""Every path gives the same bytes, until the request's target means something."""

from checks.claim import Evidence, broken, check, kept
from checks.site import Site


@check(
    question="Is a page that does not exist refused with 404?",
    shows="every path gives the same page",
    specification="RFC 9110, 15.5.5",
    by_hand="{curl} -s -o /dev/null -w '%{http_code}\\n' {url}/no/such/page",
    hints={
        "always-ok": "Every path is answered alike: look at the request's target before you answer.",
        "other-status": "What is not there is 404, whatever the reason.",
    },
)
def not_found(site: Site) -> Evidence:
    """Ask for a page that no site has."""
    answer = site.get("/no/such/page")
    if answer.status == 404:
        return kept("404 for a page that does not exist")
    if answer.status == 200:
        return broken("a page that does not exist is answered with 200", "always-ok")
    return broken(f"a page that does not exist is answered with {answer.status}", "other-status")
