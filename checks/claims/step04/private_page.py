"""A page that was made for one visitor is shown to another: a cache on the way took it for everybody's."""

import time

from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site
from checks.visitor import LOG_IN_BY_HAND, Visitor, forms

LONGEST = 1.1  # seconds for which a page may be kept before the site is taken to have made it anew


@check(
    question="Is the page of somebody who is logged in shown to nobody else?",
    shows="a stranger sees a visitor's name and token, because a cache has kept the page",
    specification="RFC 9111, 3 and 7.3; https://nginx.org/r/proxy_no_cache; https://nginx.org/r/proxy_cache_bypass",
    by_hand=LOG_IN_BY_HAND + '; sleep 2; {curl} -sm 5 -o /dev/null -b "$c" {url}/; '
    "{curl} -sm 5 {url}/ | grep -c 'Log out'",
    hints={
        "shown": "A cache keeps pages of visitors who have logged in. The app says `Cache-Control: private` "
        "on them; the cache must heed that, and leave out whoever sends a cookie (nginx: proxy_no_cache and "
        "proxy_cache_bypass with $http_cookie; no proxy_ignore_headers).",
        "hidden": "Somebody who is logged in is given the page that was kept for strangers. The cache must "
        "not be asked for whoever sends a cookie (nginx: proxy_cache_bypass $http_cookie).",
    },
)
def private_page(site: Site) -> Evidence:
    """Have a cache filled by one of the two, then come as the other; and the other way round."""
    visitor = site.visitor()
    if (accepted := visitor.log_in()) is None:
        return absent("there is no login")
    if not accepted:
        return broken("the login is refused", "login")
    stranger = site.visitor()
    time.sleep(LONGEST)
    if not visitor.is_logged_in():
        return broken("somebody who has just logged in is shown the page of strangers", "hidden")
    if evidence := seen_by(stranger):
        return evidence
    if not visitor.is_logged_in():
        return broken("somebody who is logged in is shown the page of strangers", "hidden")
    return kept("the page of somebody who is logged in is shown to nobody else")


def seen_by(stranger: Visitor) -> Evidence | None:
    """What is wrong with what a stranger sees on the front page."""
    page = stranger.get("/").text
    if not any(form.action == "/logout" for form in forms(page)):
        return None
    line = next(line for line in page.splitlines() if "/logout" in line)
    culprit = Culprit(line.encode(), line.encode().index(b"/logout"), len("/logout"))
    return broken("a stranger is shown the page of somebody who is logged in", "shown", culprit=culprit)
