"""The two commands that a learner runs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from launcher import programs

ENVIRONMENT = {**os.environ, "RUN": "run/none"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)


def test_the_session_ladder_comes_out_as_claimed() -> None:
    done = run("step07_load_balancing.session_ladder")
    assert done.stderr == ""
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line[:3] for line in lines if line.startswith("(")] == ["(a)", "(b)", "(c)", "(d)", "(e)"]
    assert "NOT AS CLAIMED" not in done.stdout
    assert lines[-2].strip() == "so: every app knows you, and a logout is a logout everywhere"


def test_a_logout_at_the_wrong_app_revokes_nothing_that_another_app_remembers() -> None:
    done = run("step07_load_balancing.session_ladder", "d", "e", "--logout-at", "2")
    assert done.returncode == 1
    memory, redis = (line for line in done.stdout.splitlines() if "log out at app 2" in line)
    assert memory.endswith("ada, nobody, ada, nobody")
    assert redis.endswith("nobody, nobody, nobody, nobody")


def test_a_scene_that_does_not_exist_is_refused() -> None:
    done = run("step07_load_balancing.session_ladder", "b", "f")
    assert done.returncode == 2
    assert "no such scene: f" in done.stderr


def test_the_ladder_leaves_nothing_behind_when_it_is_interrupted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "step07_load_balancing.session_ladder", "e"]
    environment = {**ENVIRONMENT, "TMPDIR": str(tmp_path)}
    ladder = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, start_new_session=True)
    assert ladder.stdout
    assert ladder.stdout.readline()  # the scene has begun
    os.killpg(ladder.pid, signal.SIGINT)
    ladder.communicate()
    assert ladder.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_a_rolling_restart_of_nothing_says_so() -> None:
    done = run("step07_load_balancing.rolling_restart")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "rolling_restart: step07 is not running here; start it with: make step07\n"


def test_there_is_a_redis_to_play_with() -> None:
    assert programs.find(programs.REDIS, os.environ)
