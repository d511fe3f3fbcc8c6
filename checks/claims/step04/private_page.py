"""A page that was made for one visitor is shown to another: a cache on the way took it for everybody's."""

import secrets

from checks.answers import Answer
from checks.claim import Culprit, Evidence, absent, broken, check, kept
from checks.site import Site
from checks.visitor import LOG_IN_BY_HAND, forms


@check(
    question="Is the page of somebody who is logged in shown to nobody else?",
    shows="a stranger sees a visitor's name and token, because a cache has kept the page",
    specification="RFC 9111, 3 and 7.3; https://nginx.org/r/proxy_no_cache; https://nginx.org/r/proxy_cache_bypass",
    by_hand=LOG_IN_BY_HAND + '; p={url}/?$RANDOM; {curl} -sm 5 -o /dev/null -b "$c" $p; '
    "{curl} -sm 5 $p | grep -c 'Log out'",
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
    # Addresses that nobody has asked for yet, hence in no cache.
    theirs, everybodys = (f"/?{secrets.token_hex(4)}" for _ in range(2))
    if way_out(visitor.get(theirs)) is None:
        return broken("who has just logged in is shown the page of strangers", "hidden")
    if line := way_out(stranger.get(theirs)):
        culprit = Culprit(line, line.index(b"/logout"), len("/logout"))
        return broken("a stranger is shown the page of somebody who is logged in", "shown", culprit=culprit)
    stranger.get(everybodys)
    if way_out(visitor.get(everybodys)) is None:
        return broken("somebody who is logged in is shown the page that was made for a stranger", "hidden")
    return kept("the page of somebody who is logged in is shown to nobody else")


def way_out(answer: Answer) -> bytes | None:
    """The line of the page with the form that logs out; None if there is none."""
    if any(form.action == "/logout" for form in forms(answer.text)):
        return next(line for line in answer.body.splitlines() if b"/logout" in line)
    return None
