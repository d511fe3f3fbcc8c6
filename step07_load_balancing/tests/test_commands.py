"""The two commands that a learner runs."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from launcher import programs
from step07_load_balancing.tests.real_stack import eventually

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


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
@pytest.mark.parametrize("moment", [0.0, 0.03, 0.1, 0.3])
def test_the_ladder_leaves_no_process_behind_when_it_is_ended(
    tmp_path: Path, number: signal.Signals, status: int, moment: float
) -> None:
    command = [sys.executable, "-m", "step07_load_balancing.session_ladder", "e"]
    environment = {**ENVIRONMENT, "TMPDIR": str(tmp_path)}
    ladder = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, start_new_session=True)
    assert ladder.stdout
    assert ladder.stdout.readline()  # the scene has begun
    threading.Event().wait(moment)  # Redis is being started, then the apps, then they are asked
    os.killpg(ladder.pid, number)
    ladder.communicate()
    assert ladder.returncode == status
    eventually(lambda: not [one for one in psutil.process_iter() if mentions(one, tmp_path)])
    assert number == signal.SIGKILL or list(tmp_path.iterdir()) == []


def mentions(process: psutil.Process, folder: Path) -> bool:
    """Whether it works in the folder, or was told of it."""
    with suppress(psutil.Error):
        return str(folder) in process.cwd() or any(str(folder) in word for word in process.cmdline())
    return False


def test_a_rolling_restart_of_nothing_says_so() -> None:
    done = run("step07_load_balancing.rolling_restart")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "rolling_restart: step07 is not running here; start it with: make step07\n"


def test_there_is_a_redis_to_play_with() -> None:
    assert programs.find(programs.REDIS, os.environ)
