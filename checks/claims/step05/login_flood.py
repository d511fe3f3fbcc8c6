"""Each login costs the site the tenth of a second that makes a stolen hash hard to guess: a few dozen of them
in a second, right or wrong, stop it. The door must count them by a tighter measure than the pages.
"""

from collections import Counter

from checks.claim import Culprit, Evidence, absent, broken, check, kept, skipped
from checks.site import Site

LOGINS = 60


@check(
    question="Are logins in a hurry refused at the door (429), and nothing else with them?",
    shows="a few dozen logins a second take the time of all",
    specification="RFC 6585, 4; https://nginx.org/r/limit_req; OWASP: Denial of Service Cheat Sheet",
    by_hand="{curl} -sm 20 -o /dev/null -w '%{http_code}\\n' -d name=ada '{url}/login?[1-60]' "
    "| sort | uniq -c",
    bound=20.0,
    hints={
        "unlimited": "As many logins as pages are let through. Count `POST /login` by itself at the proxy "
        "(nginx: a map of method and path to the key, and a limit_req_zone of its own).",
        "ill": "The refusal says that the site is ill (503), or breaks the connection. Say 429: this visitor "
        "asked too often (nginx: limit_req_status 429).",
        "when": "A 429 should say when to come back: Retry-After, in seconds.",
        "page": "The form itself is refused, too: the limit counts GET. Only a POST is a login.",
        "everybody": "Another visitor's login is refused as well. Count each address by itself.",
    },
)
def login_flood(site: Site) -> Evidence:
    """Send empty login forms from one address; then ask for the form, and log in from another one."""
    if site.visitor().find_form("/login", "/login") is None:
        return absent("there is no login")
    source = site.elsewhere()
    if source is None:  # all checks that log in would have to wait
        return skipped("from here there is but one address, and its logins would be refused")
    hasty = site.visitor(source, noted=False)
    answers = [hasty.post("/login", {}) for _ in range(LOGINS)]
    met = Counter(answer.status for answer in answers)
    site.note(f"{LOGINS} empty login forms from {source}; by status: {dict(met)}")
    if ill := [status for status in met if status >= 500]:
        return broken(f"logins are answered with {ill[0]}", "ill", met[ill[0]], "logins")
    refused = next((answer for answer in answers if answer.status == 429), None)
    if refused is None:
        return broken("none of so many logins is refused", "unlimited", LOGINS, "logins")
    if not refused.field("retry-after"):
        return broken("the 429 does not say when to come back", "when", culprit=Culprit(refused.head, 9, 3))
    if (status := hasty.get("/login").status) != 200:
        return broken(f"the page with the form is a {status}", "page")
    if not site.visitor(site.elsewhere()).log_in():
        return broken("another visitor's login is refused meanwhile", "everybody")
    return kept(f"the form, and others' logins, are served; refused of {LOGINS}:", met[429], "logins")
