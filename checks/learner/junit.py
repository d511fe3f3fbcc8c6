"""A run as JUnit XML, which classroom autograders and build servers read."""

from collections.abc import Sequence
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from rich.console import Console

from checks.claim import Verdict
from checks.learner.progress import is_miss
from checks.report import printable, render_outcome, summary
from checks.runner import Outcome


def write_outcomes(file: Path, step: int, target: str, outcomes: Sequence[Outcome]) -> None:
    """One test case a check; a miss is a failure, with all that the terminal shows."""
    _write(file, step, target, [_case(outcome) for outcome in outcomes])


def write_refusal(file: Path, step: int, target: str, why: str) -> None:
    """The server could not even be asked: one case, in error."""
    case = TestCase("server", f"checks.step{step:02}", 0.0)
    case.result = [Error(printable(why), "cannot-start")]
    _write(file, step, target, [case])


def _case(outcome: Outcome) -> TestCase:
    case = TestCase(outcome.check.id, f"checks.step{outcome.check.since:02}", round(outcome.seconds, 3))
    says = summary(outcome.evidence)
    if is_miss(outcome):
        failure = Failure(says, str(outcome.verdict))
        failure.text = as_text(outcome)
        case.result = [failure]
    elif outcome.verdict is Verdict.SKIPPED:
        case.result = [Skipped(says)]
    else:
        case.system_out = says
    return case


def as_text(outcome: Outcome) -> str:
    """What the terminal shows, without its colours."""
    console = Console(width=100, no_color=True, color_system=None, highlight=False, force_terminal=False)
    with console.capture() as captured:
        console.print(render_outcome(outcome))
    return captured.get()


def _write(file: Path, step: int, target: str, cases: list[TestCase]) -> None:
    suite = TestSuite(f"step{step:02}")
    suite.add_property("target", printable(target))
    suite.add_testcases(cases)
    report = JUnitXml("checks")
    report.add_testsuite(suite)
    report.update_statistics()  # type: ignore[no-untyped-call]  # junitparser's types are not complete
    file.parent.mkdir(parents=True, exist_ok=True)
    report.write(str(file), pretty=True)
