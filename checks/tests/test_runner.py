"""The runner: whatever a target does, it is evidence, in bounded time."""

import socket
import time

import pytest

from checks.claim import Check, Evidence, Verdict, kept
from checks.registry import every_check
from checks.runner import examine
from checks.site import Site
from checks.target import POWERS, Address, Target
from checks.tests.stub import Behaviour, page, saying, stub


def check_of(probe: object, **more: object) -> Check:
    values = {
        "id": "mine",
        "question": "?",
        "since": 2,
        "shows": "",
        "specification": "",
        "by_hand": "curl {url}",
    }
    return Check(**{**values, "bound": 1.0, "probe": probe, **more})  # type: ignore[arg-type]


def front_page(site: Site) -> Evidence:
    return kept(f"answered with {site.get('/').status}")


def wait_for_the_end(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


@pytest.mark.parametrize(
    ("behave", "hint", "says"),
    [
        (saying(b"hello"), "not-http", "status line"),
        (saying(b""), "cut", "without an answer"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), "cut", "in the middle"),
        (wait_for_the_end, "silent", "no answer"),
    ],
)
def test_what_a_target_does_wrong_is_evidence(behave: Behaviour, hint: str, says: str) -> None:
    with stub(behave) as target:
        outcome = examine(check_of(front_page), target)
    assert (outcome.verdict, outcome.evidence.hint) == (Verdict.BROKEN, hint)
    assert says in outcome.evidence.says
    assert outcome.hint
    assert outcome.command == f"curl {target.main.url}"


def test_a_reset_is_evidence() -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with stub(behave) as target:
        assert examine(check_of(front_page), target).evidence.hint == "cut"


def test_nobody_there_is_evidence() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and not listening
        target = Target("nobody", Address("127.0.0.1", nobody.getsockname()[1]))
        assert examine(check_of(front_page), target).evidence.hint == "down"


def test_the_timeline_tells_what_was_said_on_both_sides() -> None:
    with stub(saying(page("hello"))) as target:
        outcome = examine(check_of(front_page), target)
    assert outcome.verdict is Verdict.KEPT
    assert [moment.what for moment in outcome.timeline][:3] == ["connected", "sent", "received"]
    assert outcome.timeline[1].data.startswith(b"GET / HTTP/1.1\r\n")
    assert outcome.timeline[2].data.endswith(b"hello")


def test_a_probe_that_overlooks_its_bound_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.runner.GRACE", 0.1)
    with stub(saying(page("hello"))) as target:
        outcome = examine(check_of(lambda site: time.sleep(3), bound=0.1), target)
    assert (outcome.verdict, outcome.evidence.hint) == (Verdict.BROKEN, "slow")
    assert outcome.seconds < 2


def test_a_mistake_of_the_probe_is_not_taken_for_the_sites() -> None:
    with stub(saying(page("hello"))) as target, pytest.raises(ZeroDivisionError):
        examine(check_of(lambda site: 1 / 0), target)


def test_without_http_the_later_claims_are_absent() -> None:
    with stub(saying(b"hello")) as target:
        assert examine(check_of(front_page, since=3), target).verdict is Verdict.ABSENT


@pytest.mark.parametrize("power", POWERS)
def test_without_the_power_a_check_is_skipped_and_says_so(power: str) -> None:
    with stub(saying(page("hello"))) as target:
        outcome = examine(check_of(front_page, power=power), target)
    assert outcome.verdict is Verdict.SKIPPED
    assert POWERS[power] in outcome.evidence.says


def test_every_check_says_all_that_it_must() -> None:
    checks = every_check()
    assert checks
    assert len({check.id for check in checks}) == len(checks)
    for check in checks:
        assert check.question.endswith("?"), check.id
        assert all((check.shows, check.specification, check.by_hand)), check.id
        assert "\n" not in check.by_hand, check.id
        assert 0 < check.bound <= 120, check.id
        assert check.power in ("", *POWERS), check.id
