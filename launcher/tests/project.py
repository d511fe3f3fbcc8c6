"""A project with fake steps, for the launcher's tests."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from launcher import session
from launcher.ports import is_free
from launcher.sites import free_ports

HERE = Path(__file__).parent
PATIENCE = 60.0


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


class Project:
    """A project with steps of our own making, in a scratch folder; the launcher in it is the real one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environ = {**os.environ, **free_ports(()), "RUN": "run"}
        self.launchers: list[subprocess.Popen[str]] = []
        (root / "launcher").symlink_to(HERE.parent)
        (root / "fake_server.py").symlink_to(HERE / "fake_server.py")

    def add(self, folder: str, *options: str, extra: str = "autorestart = false", prepare: str = "") -> None:
        """A step with one process for each string of options."""
        path = self.root / folder
        path.mkdir()
        name = folder[:6]
        port = f"--port %(ENV_{name.upper()}_PORT)s"
        sections = [
            f"[program:{name}-part{number}]\ncommand = python fake_server.py {port} {words}\n{extra}\n"
            for number, words in enumerate(options, 1)
        ]
        (path / "processes.ini").write_text("\n".join(sections), "utf-8")
        if prepare:
            (path / "__init__.py").touch()
            (path / "prepare.py").write_text(prepare, "utf-8")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "launcher", *arguments],
            cwd=self.root,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.launchers.append(launcher)
        return launcher

    def start_ready(self, *arguments: str) -> subprocess.Popen[str]:
        launcher = self.start(*arguments)
        wait_for(lambda: launcher.poll() is not None or self.ready(arguments[-1]).exists(), "readiness")
        assert launcher.poll() is None, self.output(launcher)
        return launcher

    def ready(self, name: str) -> Path:
        control = name if (self.root / "run" / "control" / name).exists() else "up"
        return self.root / "run" / "control" / control / "ready.json"

    def call(self, *arguments: str) -> tuple[int, str]:
        launcher = self.start(*arguments)
        output = self.output(launcher)
        return launcher.returncode, output

    def output(self, launcher: subprocess.Popen[str]) -> str:
        """All that it says, up to its end."""
        return launcher.communicate(timeout=PATIENCE)[0]

    def session(self, name: str = "up") -> int:
        """The session of the stack, which begins with its guard's pid."""
        noted = self.root / "run" / "control" / name / "session.json"
        wait_for(lambda: noted.exists() and noted.read_text("utf-8"), "the session")
        return int(json.loads(noted.read_text("utf-8"))["pid"])

    def members(self, leader: int) -> list[str]:
        """The command lines of the live processes of a session."""
        found = []
        for process in session.members(leader):
            try:
                found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found

    def member(self, leader: int, word: str) -> psutil.Process:
        """The one process of a session whose command has that word."""
        wait_for(lambda: any(word in line for line in self.members(leader)), word)
        return next(one for one in session.members(leader) if word in " ".join(one.cmdline()))

    def port(self, step: str) -> int:
        return int(self.environ[f"{step.upper()}_PORT"])

    def assert_nothing_left(self, leader: int) -> None:
        wait_for(lambda: not self.members(leader), f"the end of {self.members(leader)}")
        for number in range(1, 8):
            assert is_free(self.port(f"step{number:02}"))
