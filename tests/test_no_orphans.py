"""`make up` in a fresh checkout: all seven answer, and afterwards no process and no file is left."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from tests.documents import ROOT
from tests.ports import Ports
from tests.terminal import leftovers
from tests.visitor import eventually

pytestmark = pytest.mark.timeout(400)
NAMES = [f"step0{number}" for number in range(1, 8)]


@pytest.fixture
def checkout(tmp_path: Path, needs: Callable[[str], str]) -> Path:
    """The project as git would give it to somebody, with the packages that are installed already."""
    git, folder = needs("git"), tmp_path / "course"
    command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    subprocess.run([git, "init", "-q"], cwd=folder, check=True)
    (folder / ".git" / "info" / "exclude").write_text("/.venv\n", encoding="utf-8")
    subprocess.run([git, "add", "--all"], cwd=folder, check=True)
    return folder


@contextmanager
def make_up(checkout: Path, make: str) -> Iterator[subprocess.Popen[bytes]]:
    """`make up` as in a terminal of its own; at the end killed, if the test has not stopped it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    with Ports() as ports, (checkout / ".git" / "output").open("wb") as output:
        environment |= {f"{name.upper()}_PORT": ports[f"800{name[-1]}"] for name in NAMES}
        environment |= {f"STEP0{step}_TLS_PORT": ports[f"844{step}"] for step in (6, 7)}
        started = subprocess.Popen(
            [make, "up"],
            cwd=checkout,
            env=environment | {"RUN": "run"},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield started
        finally:
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)
                started.wait()


def ready(checkout: Path, started: subprocess.Popen[bytes]) -> dict[str, dict[str, str]]:
    told = checkout / "run" / "control" / "up" / "ready.json"
    eventually(lambda: told.exists() or started.poll() is not None, seconds=150)
    assert told.exists(), (checkout / ".git" / "output").read_text(encoding="utf-8")
    sites: dict[str, dict[str, str]] = json.loads(told.read_text(encoding="utf-8"))
    return sites


def answers(url: str, authority: Path) -> bool:
    with requests.Session() as visitor:
        visitor.trust_env = False
        return visitor.get(url, verify=str(authority), timeout=10).status_code == 200


def left_in(checkout: Path) -> list[psutil.Process]:
    return leftovers(checkout, mark="no lesson has this mark")


def test_all_seven_answer_and_ctrl_c_leaves_nothing(checkout: Path, needs: Callable[[str], str]) -> None:
    with make_up(checkout, needs("make")) as started:
        sites = ready(checkout, started)
        assert list(sites) == NAMES
        authority = checkout / "run" / "authority" / "root.pem"
        for name in NAMES[1:]:
            assert answers(sites[name]["https"] or sites[name]["http"], authority), name
        os.killpg(started.pid, signal.SIGINT)
        assert started.wait(timeout=60) != 0
    assert left_in(checkout) == []
    assert changes(checkout) == []


def test_a_launcher_that_is_killed_leaves_nothing(checkout: Path, needs: Callable[[str], str]) -> None:
    with make_up(checkout, needs("make")) as started:
        ready(checkout, started)
        assert len(left_in(checkout)) > 10
        launcher = json.loads(
            (checkout / "run" / "control" / "up" / "launcher.json").read_text(encoding="utf-8")
        )
        os.kill(launcher["pid"], signal.SIGKILL)
        started.wait(timeout=60)
        assert eventually(lambda: not left_in(checkout), seconds=30), left_in(checkout)


def changes(checkout: Path) -> list[str]:
    """What git sees beside the files that were added."""
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=checkout, capture_output=True, text=True, check=True
    )
    return [line for line in status.stdout.splitlines() if not line.startswith("A  ")]
