"""The Makefile, and the set-up that it does by itself."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path.cwd()
TOOLS = ("sh", "make", "rm", "touch", "sed", "expand", "mkdir", "cat", "chmod", "echo")


class Checkout:
    """A copy of what the set-up consists of, and a PATH on which only chosen programs are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tools = folder / "tools"
        self.tools.mkdir()
        for tool in TOOLS:
            (self.tools / tool).symlink_to(str(shutil.which(tool)))
        (folder / "launcher").mkdir()
        (folder / "requirements").mkdir()
        shutil.copy(ROOT / "Makefile", folder)
        shutil.copy(ROOT / "launcher" / "set-up.sh", folder / "launcher")
        for group in ("course", "dev", "acme", "tls-grade"):
            (folder / "requirements" / f"{group}.txt").touch()

    def program(self, name: str, *lines: str) -> None:
        path = self.tools / name
        path.write_text("\n".join(["#!/bin/sh", *lines, ""]), "utf-8")
        path.chmod(0o755)

    def make(self, *arguments: str) -> tuple[int, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        answer = subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env={**clean, "PATH": str(self.tools)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return answer.returncode, answer.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    return Checkout(folder)


UV = (
    'echo "uv $*" >>uv.log',
    'if [ "$1" = venv ]; then mkdir -p .venv/bin && echo "#!/bin/sh" >.venv/bin/python',
    "chmod +x .venv/bin/python; exit; fi",
    "if [ -e uv-fails ]; then exit 1; fi",
)


def test_make_alone_lists_every_target(checkout: Checkout) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):.*##", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert {"up", "down", "doctor", "setup", "test", "listings", "lock", "trust", "clean"} <= targets
    status, output = checkout.make()
    assert status == 0
    assert targets == set(re.findall(r"^  make ([a-z-]+) {2,}\S", output, re.M))
    assert "make step01 … step07" in output
    assert max(map(len, output.splitlines())) <= 100


@pytest.mark.parametrize("number", range(1, 8))
def test_every_step_has_its_target(checkout: Checkout, number: int) -> None:
    (checkout.folder / ".venv").mkdir()
    (checkout.folder / ".venv" / "course-is-installed").touch()
    status, output = checkout.make("-n", f"step{number:02}")
    assert (status, output) == (0, f".venv/bin/python -m launcher run step{number:02}\n")


def test_set_up_happens_once_for_each_lock(checkout: Checkout) -> None:
    checkout.program("python3", "exit 0")
    checkout.program("uv", *UV)
    assert checkout.make("setup")[0] == 0
    log = (checkout.folder / "uv.log").read_text("utf-8")
    assert "uv venv" in log
    assert "--require-hashes -r requirements/course.txt" in log
    assert checkout.make("setup") == (0, "make: Nothing to be done for 'setup'.\n")
    newer = (checkout.folder / ".venv" / "course-is-installed").stat().st_mtime + 5
    os.utime(checkout.folder / "requirements" / "course.txt", (newer, newer))
    assert checkout.make("setup")[0] == 0
    assert (checkout.folder / "uv.log").read_text("utf-8").count("pip install") == 2


def test_what_few_targets_need_is_installed_when_it_is_first_needed(checkout: Checkout) -> None:
    checkout.program("python3", "exit 0")
    checkout.program("uv", *UV)
    assert checkout.make("setup")[0] == 0
    log = checkout.folder / "uv.log"
    assert "acme" not in log.read_text("utf-8")
    for _ in range(2):
        assert checkout.make("renew")[0] == 0
    installs = [line for line in log.read_text("utf-8").splitlines() if "pip install" in line]
    assert [line.split("requirements/")[1] for line in installs] == ["course.txt", "acme.txt"]


def test_the_grader_of_tls_has_an_environment_of_its_own(checkout: Checkout) -> None:
    checkout.program("python3", "exit 0")
    checkout.program("uv", *(line.replace(".venv", ".venv-tls-grade") for line in UV))
    assert checkout.make(".venv-tls-grade/tls-grade-is-installed")[0] == 0
    log = (checkout.folder / "uv.log").read_text("utf-8")
    assert "--python .venv-tls-grade/bin/python --require-hashes -r requirements/tls-grade.txt" in log
    assert not (checkout.folder / ".venv" / "course-is-installed").exists()


def test_an_interrupted_set_up_is_begun_again(checkout: Checkout) -> None:
    checkout.program("python3", "exit 0")
    checkout.program("uv", *UV)
    (checkout.folder / "uv-fails").touch()
    assert checkout.make("setup")[0] == 2
    (checkout.folder / "uv-fails").unlink()
    assert checkout.make("setup")[0] == 0
    assert (checkout.folder / ".venv" / "course-is-installed").exists()


def test_a_python_that_is_too_old_is_refused_in_one_line(checkout: Checkout) -> None:
    checkout.program("python3", "exit 1")
    status, output = checkout.make("setup")
    assert status == 2
    assert (
        "Python 3.11 or newer is needed; python3 is not. Install it, or name one: make up PYTHON=" in output
    )


def test_a_newer_python_is_found_beside_an_old_one(checkout: Checkout) -> None:
    checkout.program("python3", "exit 1")
    checkout.program("python3.12", "exit 0")
    checkout.program("uv", *UV)
    assert checkout.make("setup")[0] == 0
    assert "python3.12 .venv" in (checkout.folder / "uv.log").read_text("utf-8")


def test_a_python_without_venv_names_the_package(checkout: Checkout) -> None:
    checkout.program("python3", 'case "$*" in *ensurepip*) exit 1;; esac')
    status, output = checkout.make("setup")
    assert status == 2
    assert "sudo apt-get install python3-venv" in output
    assert not (checkout.folder / ".venv").exists()


def test_packages_of_elsewhere_are_not_taken_for_those_of_the_environment(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    checkout.program("python3", "exit 0")
    checkout.program("uv", 'echo "where: $PYTHONPATH" >>uv.log', *UV)
    assert checkout.make("setup")[0] == 0
    log = (checkout.folder / "uv.log").read_text("utf-8")
    assert "where: \n" in log
    assert "/elsewhere" not in log
