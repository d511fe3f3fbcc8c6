"""A step's failures as a story: what is played, and how it looks."""

import io
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from rich.console import Console

from checks.claim import Culprit, Moment, broken, kept
from checks.expectations import load
from checks.runner import Outcome
from checks.story import stage, story
from checks.story.stage import Side
from checks.tests.cells import EXPECTED, claim
from tests.documents import ROOT

COMMAND = [sys.executable, "-m", "checks", "break"]


def shown(left: Side, right: Side) -> list[str]:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(stage.sides(console, left, right))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_the_acts_of_a_step_are_what_it_breaks_and_the_next_one_keeps() -> None:
    expected = load()
    names = [check.id for check in story.acts(expected, 4)]
    assert "silent-crowd" in names
    assert "killed-app" not in names
    assert [check.id for check in story.acts(expected, 4, ["silent-crowd"])] == ["silent-crowd"]


def test_no_act_stands_above_the_last_step() -> None:
    assert story.acts(load(), 7) == []
    assert story.nothing_above(EXPECTED, 7).startswith("Nothing is broken at step07")


def test_what_is_still_broken_at_the_last_step_is_told_with_its_reason() -> None:
    rows = {"first": (*EXPECTED.rows["first"][:6], EXPECTED.rows["first"][0])}
    said = story.nothing_above(type(EXPECTED)(rows, {"first": "Nobody mends it."}), 7)
    assert said.endswith("Nothing is broken in it, except first (Nobody mends it.)")


def test_both_sides_stand_beside_each_other_in_a_hundred_columns() -> None:
    left, right = Side(4), Side(5)
    wrong = broken("nobody is served", "silent", culprit=Culprit(b"GET / HTTP/1.1\r\n", 4))
    left.moments += [Moment(0.1, "sent", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 9), Moment(9, "x" * 200)]
    left.outcome = Outcome(claim("first", 2), "step04", wrong, (), 1.0, "")
    right.outcome = Outcome(
        claim("first", 2), "step05", kept("visitors wait at most", 4.9, "ms"), (), 1.0, ""
    )
    lines = shown(left, right)
    assert max(map(len, lines)) <= 100
    assert "step 04 Flask" in lines[0]
    assert "step 05 nginx" in lines[0]
    assert any("✗ BROKEN" in line for line in lines)
    assert any("✓ KEPT   4.9 ms" in line for line in lines)
    assert lines[-1].count("━") > 40
    assert lines[-1].count("─") > 40


def test_what_a_site_sends_does_not_reach_the_terminal_unescaped() -> None:
    left = Side(4, [Moment(0.1, "received \x1b[2J", b"\x1b[2J")])
    assert "\x1b" not in "".join(shown(left, Side(5)))


def test_nobody_is_waited_for_without_a_terminal() -> None:
    pause = story.pauses(Console(file=io.StringIO()), never=False)
    assert pause("the next act") is False


@pytest.mark.timeout(150)
def test_the_story_of_a_step_is_played_to_its_end() -> None:
    words = [*COMMAND, "--step", "01", "--checks", "not-found page", "--no-pause"]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Act 1 of 2 · not-found" in ran.stdout
    assert "✗ BROKEN" in ran.stdout
    assert "2 of 2 failures of step 01 seen, and mended at step 02." in ran.stdout
    assert max(len(line) for line in ran.stdout.splitlines()) <= 100


@pytest.mark.parametrize(
    ("step", "said"), [("09", "there is no step09 here"), ("", "whose failures?"), ("x y", "whose failures?")]
)
def test_a_wrong_step_is_one_clear_line(step: str, said: str) -> None:
    ran = subprocess.run([*COMMAND, f"--step={step}"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert ran.stderr.startswith(said)
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.timeout(150)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_it_leaves_nothing_running(number: signal.Signals) -> None:
    mark = f"{os.getpid()}-{number}"
    words = [*COMMAND, "--step", "01", "--no-pause"]
    environment = {**os.environ, "STORY": mark}
    ran = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with ran:
        assert ran.stdout is not None
        ran.stdout.readline()  # both steps answer
        ran.send_signal(number)
        assert ran.wait(60) == 130
    deadline = time.monotonic() + 20
    while left := marked(mark):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("STORY") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found
