"""For tests and checks: steps running natively on free ports, started and stopped by a real launcher.

with running("step03", "step05") as sites:
requests.get(sites["step05"].http)
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.interruption import program

if TYPE_CHECKING:
    from launcher.supervision import State, Supervisor

_START_TIMEOUT = 150.0
_STOP_TIMEOUT = 30.0


@dataclass(frozen=True)
class Site:
    """A running step."""

    step: str
    http: str  # "http://127.0.0.1:8005", without a slash at its end
    https: str | None
    ports: dict[str, int]  # {"http": 8005} or {"http": 8006, "https": 8446}
    run: Path
    root_certificate: Path

    def pids(self) -> dict[str, int]:
        """The processes that live now, by name: a restarted one has another pid than before."""
        return {name: state.pid for name, state in self._states().items() if state.pid}

    def stop(self, name: str) -> None:
        """Ask a process to stop; it may take its time."""
        state = self._states()[name]
        self._supervisor().stop(state.group, state.process)

    def start(self, name: str) -> None:
        """Start a process that was stopped or died; OSError if it runs, as far as supervisord knows."""
        state = self._states()[name]
        self._supervisor().start(state.group, state.process)

    def _states(self) -> dict[str, "State"]:
        from launcher.steps import display_name

        mine = [one for one in self._supervisor().states() if one.group.startswith(self.step)]
        return {display_name(self.step, one.process): one for one in mine}

    def _supervisor(self) -> "Supervisor":
        from launcher.supervision import Supervisor

        # A relative path if that is shorter: a Unix socket's path has little room.
        path = self.run / "control" / "up" / "rpc.sock"
        return Supervisor(min(str(path), os.path.relpath(path), key=len))

    def log(self, name: str) -> str:
        """What a process has written so far."""
        return (self.run / "logs" / f"{name}.log").read_text("utf-8", "replace")


@contextmanager
def running(
    *steps: str,
    run: str | os.PathLike[str] | None = None,
    root: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
    stay: bool = False,
) -> Iterator[dict[str, Site]]:
    """Start steps on free ports, wait until they answer, stop them; RuntimeError with the launcher's words.

    `run` is the scratch folder (by default a new one, removed afterwards), `root` the project's folder (by
    default the working directory), `environment` is added to the environment. `stay` keeps the launcher
    up when every process has ended, for whoever ends and starts them on purpose.
    """
    project = Path(root or Path.cwd())
    scratch = Path(run) if run else Path(tempfile.mkdtemp(prefix="stack-"))
    environ = {**os.environ, **free_ports(steps), **(environment or {}), "RUN": str(scratch)}
    try:
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as output,
            program(
                [sys.executable, "-m", "launcher", "up", *(["--stay"] if stay else []), *steps],
                _stop,
                cwd=project,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as launcher,
        ):
            sites = _wait(launcher, project / scratch)
            if sites is None:
                output.seek(0)
                raise RuntimeError(f"the launcher did not start {' '.join(steps)}:\n{output.read()}")
            yield sites
    finally:
        if not run:
            shutil.rmtree(scratch, ignore_errors=True)


def free_ports(steps: tuple[str, ...]) -> dict[str, str]:
    """Two free ports for every step that is named (or for seven)."""
    from launcher.ports import draw

    named = {int(digits[0]) for step in steps if (digits := re.findall(r"\d+", step))}
    numbers = sorted(named) or range(1, 8)
    names = [f"STEP{number:02}{kind}_PORT" for number in numbers for kind in ("", "_TLS")]
    return dict(zip(names, map(str, draw(len(names))), strict=True))


def _wait(launcher: subprocess.Popen[bytes], run: Path) -> dict[str, Site] | None:
    ready = run / "control" / "up" / "ready.json"
    ours = run / "control" / "up" / "launcher.json"
    deadline = time.monotonic() + _START_TIMEOUT
    while launcher.poll() is None and time.monotonic() < deadline:
        if ready.exists() and json.loads(ours.read_text("utf-8"))["pid"] == launcher.pid:
            return {name: _site(name, row, run) for name, row in json.loads(ready.read_text("utf-8")).items()}
        time.sleep(0.02)
    return None


def _site(name: str, row: dict[str, str | None], run: Path) -> Site:
    urls = {scheme: url for scheme in ("http", "https") if (url := row[scheme])}
    ports = {scheme: int(url.rsplit(":", 1)[1]) for scheme, url in urls.items()}
    return Site(name, urls["http"], urls.get("https"), ports, run, run / "authority" / "root.pem")


def _stop(launcher: subprocess.Popen[bytes]) -> None:
    launcher.send_signal(signal.SIGTERM)
    try:
        launcher.wait(_STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        launcher.kill()  # its guard ends the processes
        launcher.wait()
