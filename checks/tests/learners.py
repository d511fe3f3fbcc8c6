"""For the tests of what a learner sees: checks of our own making, and outcomes as if they had been asked."""

from collections.abc import Callable

from checks.claim import Check, Culprit, Evidence, Moment, Verdict, absent, broken, kept, skipped
from checks.runner import Outcome
from checks.site import Site

HINTS = {"mend": "Mend it here."}


def check_of(
    name: str, probe: Callable[[Site], Evidence] | None = None, *, since: int = 2, power: str = ""
) -> Check:
    return Check(
        id=name,
        question=f"Is {name} so?",
        since=since,
        shows="a failure",
        specification="RFC 9110, 1",
        by_hand="{curl} {url}/",
        probe=probe or (lambda site: kept("so it is")),
        power=power,
        bound=5.0,
        hints=HINTS,
    )


def outcome_of(
    name: str,
    verdict: Verdict = Verdict.KEPT,
    *,
    since: int = 2,
    power: str = "",
    culprit: Culprit | None = None,
    timeline: tuple[Moment, ...] = (),
    says: str = "it came out so",
) -> Outcome:
    evidence = {
        Verdict.KEPT: kept(says),
        Verdict.BROKEN: broken(says, "mend", culprit=culprit),
        Verdict.ABSENT: absent(says),
        Verdict.SKIPPED: skipped(says),
    }[verdict]
    return Outcome(
        check_of(name, since=since, power=power), "a site", evidence, timeline, 0.5, "curl http://a/"
    )
