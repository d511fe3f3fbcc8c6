"""Somebody tries one password after the other. Nobody counts, so sooner or later one of them is right.

And whoever stops the guesser by closing the account has given every stranger a way to lock its owner out.
"""

from checks.claim import Culprit, Evidence, absent, broken, check, kept, skipped
from checks.site import Site

GUESSES = 30
FORM = r"""{curl} -sm 5 -c $j {url}/login | sed -n 's/.*csrf_token[^>]*value="\([^"]*\)".*/\1/p'"""


@check(
    question="Is who guesses a password told to wait (429), while the owner gets in from elsewhere?",
    shows="a stranger may try as many passwords as there is time for",
    specification="OWASP: Authentication Cheat Sheet (protect against automated attacks); RFC 6585, 4; "
    "NIST SP 800-63B, 5.2.2",
    by_hand=f"j=$(mktemp); t=$({FORM}); for i in $(seq 15); do {{curl}} -sm 5 -o /dev/null "
    "-w '%{http_code}\\n' -b $j -e {url}/login -d name=ada -d password=guess$i -d csrf_token=$t {url}/login; "
    "done | uniq -c  # your own address must then wait, too",
    bound=40.0,
    hints={
        "unlimited": f"{GUESSES} wrong passwords, and the next may be tried at once. Count failed logins for "
        "the address from which they come and for the name, and say 429 when there are too many.",
        "ill": "The refusal says that the site is ill. Say 429: this visitor tried too often.",
        "when": "A 429 should say when to come back: Retry-After, in seconds.",
        "locked-out": "The guesser closed the account, also to its owner at another address. Count failures "
        "by address first; what is counted by name alone must allow more, and end by itself.",
    },
)
def guessed_password(site: Site) -> Evidence:
    """Guess from one address until it is refused; then log in from another one."""
    if site.visitor().find_form("/login", "/login") is None:
        return absent("there is no login")
    source = site.elsewhere()
    if source is None:  # the guesser's address is ours: all checks that log in would have to wait
        return skipped("from here there is but one address, and it would be locked out")
    guesser, (name, _) = site.visitor(source, noted=False), site.target.login
    for failed in range(GUESSES):
        answer = guesser.fill_in("/login", "/login", name=name, password=f"guess-{failed}")
        if answer is None or answer.status >= 500:
            return broken(f"guess {failed + 1} is answered {answer.status if answer else 'no form'}", "ill")
        if answer.status == 429:
            break
    else:
        return broken("none of so many guesses is refused", "unlimited", GUESSES, "guesses")
    site.note(f"from {source}: {failed} wrong passwords, then {answer.first_line}")
    if not answer.field("retry-after"):
        return broken("the 429 does not say when to come back", "when", culprit=Culprit(answer.head, 9, 3))
    owner = site.visitor(site.elsewhere())
    if not owner.log_in() or not owner.is_logged_in():
        return broken("the owner, at another address, is locked out, too", "locked-out")
    return kept("429, and the owner gets in from elsewhere, after", failed, "guesses")
