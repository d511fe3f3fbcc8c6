"""One check after the other, also when one of them ends the server."""

import shlex
import sys
from pathlib import Path

from checks.claim import Check, Evidence, Verdict, absent, broken, kept
from checks.command import command_target
from checks.learner.asking import ask
from checks.runner import Outcome
from checks.site import Site
from checks.target import Target
from checks.tests.learners import check_of

# Answers everything, and ends when it is asked for /die; at once, if that has happened before.
MORTAL = """
import pathlib, socket, sys
if pathlib.Path(sys.argv[0]).with_suffix(".dead").exists():
    sys.exit(1)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = listener.accept()
    request = connection.recv(9999)
    if b"/die" in request:
        if b"for-good" in request:
            pathlib.Path(sys.argv[0]).with_suffix(".dead").touch()
        raise SystemExit("I die")
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
    connection.close()
"""


def mortal(folder: Path) -> str:
    (folder / "mortal.py").write_text(MORTAL, "utf-8")
    return shlex.join([sys.executable, str(folder / "mortal.py")]) + " {port}"


def page(site: Site) -> Evidence:
    site.get("/")
    return kept("the page")


def die(site: Site) -> Evidence:
    site.get("/die")
    return kept("never")


def die_for_good(site: Site) -> Evidence:
    site.get("/die?for-good")
    return kept("never")


def die_unnoticed(site: Site) -> Evidence:
    wire = site.connect()
    wire.send(site.request("GET", "/die"))
    wire.is_closed(5)
    return kept("all is well")


def asked(target: Target, *checks: Check) -> list[Outcome]:
    return list(ask(checks, target, lambda check: None))


def test_a_server_that_ends_is_started_again(tmp_path: Path) -> None:
    with command_target(mortal(tmp_path), tmp_path / "log") as target:
        died, after = asked(target, check_of("die", die), check_of("page", page))
    assert died.verdict is Verdict.BROKEN
    assert died.evidence.says == (
        "the connection ended without an answer (your server ended during this check; it was started again)"
    )
    assert after.verdict is Verdict.KEPT


def test_whoever_ends_has_not_kept_anything(tmp_path: Path) -> None:
    with command_target(mortal(tmp_path), tmp_path / "log") as target:
        (died,) = asked(target, check_of("die", die_unnoticed))
    assert (died.verdict, died.evidence.hint) == (Verdict.BROKEN, "cut")


def test_what_cannot_be_asked_any_more_is_missed_and_says_so(tmp_path: Path) -> None:
    with command_target(mortal(tmp_path), tmp_path / "log") as target:
        died, after = asked(target, check_of("die", die_for_good), check_of("page", page))
    assert "and the command ended at once, with exit status 1" in died.evidence.says
    assert (after.verdict, after.evidence.says) == (Verdict.BROKEN, "not asked: nothing listens since die")


def test_a_server_behind_an_address_cannot_be_started_again(tmp_path: Path) -> None:
    with command_target(mortal(tmp_path), tmp_path / "log") as started:
        target = Target("http://a", started.http)
        died, after = asked(target, check_of("die", die), check_of("page", page))
    assert died.evidence.says.endswith("(nothing listens there any more)")
    assert after.evidence.says == "not asked: nothing listens since die"


def test_a_check_may_end_it_on_purpose(tmp_path: Path) -> None:
    def kill(site: Site) -> Evidence:
        site.powers.kill("server")
        return kept("nobody noticed")

    with command_target(mortal(tmp_path), tmp_path / "log") as target:
        outcomes = asked(target, check_of("kill", kill, power="kill"), check_of("page", page))
    assert [outcome.verdict for outcome in outcomes] == [Verdict.KEPT, Verdict.KEPT]


def test_a_server_that_does_not_come_back_is_evidence(tmp_path: Path) -> None:
    def restart(site: Site) -> Evidence:
        (tmp_path / "mortal.dead").touch()
        site.powers.kill("server")
        site.powers.start("server", 5)
        return kept("never")

    with command_target(mortal(tmp_path), tmp_path / "log") as target:
        (outcome,) = asked(target, check_of("restart", restart, power="restart"))
    assert outcome.verdict is Verdict.BROKEN
    assert outcome.evidence.says.startswith("it did not start again: the command ended at once")


def test_without_the_power_a_check_is_skipped_and_says_how_to_give_it(tmp_path: Path) -> None:
    with command_target(mortal(tmp_path), tmp_path / "log") as started:
        (outcome,) = asked(Target("http://a", started.http), check_of("kill", power="kill"))
    assert outcome.verdict is Verdict.SKIPPED
    assert outcome.evidence.says.endswith("give CMD= instead of URL=")


def test_single_processes_of_a_command_are_not_ended(tmp_path: Path) -> None:
    with command_target(mortal(tmp_path), tmp_path / "log") as target:
        (outcome,) = asked(target, check_of("killed-app", since=7, power="kill"))
    assert outcome.verdict is Verdict.SKIPPED
    assert outcome.evidence.says.endswith("only the course's own steps do")


def test_a_defect_of_a_check_costs_nobody_the_others(tmp_path: Path) -> None:
    def defect(site: Site) -> Evidence:
        raise ZeroDivisionError("oh")

    with command_target(mortal(tmp_path), tmp_path / "log") as target:
        first, second = asked(target, check_of("defect", defect), check_of("page", page))
    assert (first.verdict, second.verdict) == (Verdict.SKIPPED, Verdict.KEPT)
    assert "not your server's fault: ZeroDivisionError: oh" in first.evidence.says


def test_a_miss_at_a_server_that_lives_is_left_as_it_is(tmp_path: Path) -> None:
    with command_target(mortal(tmp_path), tmp_path / "log") as started:
        target = Target("http://a", started.http)
        outcomes = asked(
            target,
            check_of("a", lambda site: broken("wrong", "mend")),
            check_of("b", lambda site: absent("nothing")),
        )
    assert [outcome.evidence.says for outcome in outcomes] == ["wrong", "nothing"]
