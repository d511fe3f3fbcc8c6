"""Several apps run, and one of them gets all the work: a line in a configuration decides."""

import json

from checks.claim import Evidence, absent, broken, check, kept
from checks.site import Site

VISITS = 12


@check(
    question="Do several processes share the visits?",
    shows="one process does all the work",
    specification="https://nginx.org/r/upstream (round robin)",
    by_hand="for i in $(seq 12); do {curl} -s -m 5 {url}/whoami; done | grep -o 'pid.:[0-9 ]*' | sort -u",
    hints={
        "one": "One process answers everybody. Run several, name each of them in the proxy's list (nginx: "
        "upstream), and look whether all of them live. Who chooses by address (ip_hash) sends a whole "
        "classroom behind one address to one app.",
    },
)
def balanced(site: Site) -> Evidence:
    """Ask who answers, again and again, from one address."""
    seen, visitor = set(), site.visitor(site.elsewhere())
    for _ in range(VISITS):
        answer = visitor.get("/whoami")
        if answer.status == 404:
            return absent("there is no /whoami")
        try:
            who = json.loads(answer.body)
            seen.add((who["host"], who["pid"]))
        except (ValueError, TypeError, KeyError):
            return absent("/whoami does not say by host and pid who answers")
    says = f"processes answer {VISITS} visits"
    if len(seen) > 1:
        return kept(says, len(seen), "processes")
    return broken(f"one process answers {VISITS} visits", "one", 1, "process")
