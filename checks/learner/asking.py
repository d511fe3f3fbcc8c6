"""Ask a server one check after the other, also when one of them ends it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from checks.claim import Check, Evidence, Trouble, Verdict, broken, skipped
from checks.command import CannotStart, CommandPowers
from checks.learner.progress import ends_one_of_several, with_mend
from checks.runner import Outcome, by_hand, examine
from checks.site import Site
from checks.target import Target
from checks.wire import Cut, Down, Silence

ENDED = "your server ended during this check"


def ask(checks: Sequence[Check], target: Target, begins: Callable[[Check], None]) -> Iterator[Outcome]:
    """Each check's outcome. A server that ends is started again, if we know its command.

    If not, the checks that are left cannot be asked: they are missed, and say so.
    """
    ended_by = ""
    for check in checks:
        begins(check)
        if ended_by:
            yield _outcome(check, target, broken(f"not asked: nothing listens since {ended_by}", "down"))
            continue
        given = replace(target, powers=None) if ends_one_of_several(check) else target
        can = given.powers.can if given.powers else frozenset[str]()
        outcome, is_back = _revived(with_mend(_examined(check, given), can), target)
        ended_by = "" if is_back else check.id
        yield outcome


def _examined(check: Check, target: Target) -> Outcome:
    try:
        return examine(check, target)
    except CannotStart as error:  # after the check had ended it on purpose
        return _outcome(check, target, broken(f"it did not start again: {error}", "down"))
    except Exception as error:  # a defect of the check must not cost a learner the others
        says = f"the check itself failed, which is not your server's fault: {type(error).__name__}: {error}"
        return _outcome(check, target, skipped(says))


def _revived(outcome: Outcome, target: Target) -> tuple[Outcome, bool]:
    """The outcome, with a word about a server that ended; and whether there is a server now."""
    powers = target.powers
    if not _has_ended(target):
        return outcome, True
    if not isinstance(powers, CommandPowers):
        return _adding(outcome, "nothing listens there any more"), False
    try:
        powers.stop("server")
        powers.start()
    except CannotStart as error:
        return _adding(outcome, f"{ENDED}, and {error}"), False
    # A check with power ends it on purpose.
    return (outcome if outcome.check.power else _adding(outcome, f"{ENDED}; it was started again")), True


def _has_ended(target: Target) -> bool:
    """Whether there is no server any more. To end takes a moment, and who does not answer is given one."""
    try:
        with Site(target, bound=1.0) as site:
            site.get("/")
    except Down:
        return True
    except (Cut, Silence):
        return isinstance(target.powers, CommandPowers) and target.powers.has_ended(patience=0.5)
    except Trouble:
        pass
    return False


def _adding(outcome: Outcome, words: str) -> Outcome:
    """The outcome, and these words. Whoever ends has not kept anything."""
    before = outcome.evidence
    if before.verdict is Verdict.BROKEN:
        return replace(outcome, evidence=replace(before, says=f"{before.says} ({words})"))
    return replace(outcome, evidence=broken(words, "cut"))


def _outcome(check: Check, target: Target, evidence: Evidence) -> Outcome:
    return Outcome(check, target.name, evidence, (), 0.0, by_hand(check, target))
