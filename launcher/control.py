"""The folder `$RUN/control/<name>`: who runs a stack, and how to reach it. One launcher at a time, by a lock.

The guard inherits the lock. So it is free only when the launcher *and* its guard have ended, that is, when
every process of the stack is gone; unless both were killed, and then `sweep` finds what they left.
"""

import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from launcher import session
from launcher.errors import LaunchError
from launcher.supervision import Supervisor

STOP_TIMEOUT = session.PATIENCE + 7.0


class Control:
    """The control folder of one stack (`up`, or a step's name)."""

    def __init__(self, root: Path, run: str, name: str) -> None:
        self.name = name
        self._root = root
        self.folder = root / run / "control" / name
        self.ready_file = self.folder / "ready.json"
        self.socket_path = _short(root, f"{run}/control/{name}/rpc.sock")
        self.lock_file: int | None = None

    def lock(self, check: Callable[[], None] = lambda: None) -> None:
        """Become the one launcher of this name, or say who is. Leftovers of a dead one are ended first."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise LaunchError(
                f"cannot write to {self.folder}: {error.strerror}; mend that, or choose one: RUN=/tmp/stack"
            ) from error
        deadline = time.monotonic() + STOP_TIMEOUT
        while not _try_lock(descriptor):
            launcher = self.launcher()
            if launcher or time.monotonic() > deadline:
                os.close(descriptor)
                who = f"by pid {launcher.pid}" if launcher else "and does not end"
                raise LaunchError(f"{self.name} is started already, {who}; stop it with: make down")
            check()
            time.sleep(0.02)  # a killed launcher's guard is still clearing up
        self.lock_file = descriptor
        self.sweep()
        self._write("launcher.json", os.getpid())

    def unlock(self) -> None:
        """Let the next one start."""
        if self.lock_file is not None:
            os.close(self.lock_file)
            self.lock_file = None

    def held(self) -> bool:
        """Whether a launcher or its guard is at work."""
        try:
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not _try_lock(descriptor)
        finally:
            os.close(descriptor)

    def launcher(self) -> psutil.Process | None:
        """The running launcher."""
        return self._process("launcher.json")

    def remember_session(self, leader: int) -> None:
        """Note whose session the stack's is, for the day when launcher and guard are both killed."""
        self._write("session.json", leader)

    def announce(self, sites: dict[str, Any]) -> None:
        """Tell whoever waits for it that every step answers."""
        fresh = self.folder / "ready.json.new"
        fresh.write_text(json.dumps(sites, indent=1) + "\n", "utf-8")
        fresh.replace(self.ready_file)

    def ports(self) -> set[int]:
        """The ports at which the running stack has announced that it answers."""
        try:
            sites = json.loads(self.ready_file.read_text("utf-8")).values()
        except (OSError, ValueError):
            return set()
        urls = [url for site in sites for url in (site["http"], site["https"]) if url]
        return {port for url in urls if (port := urlsplit(url).port)}

    def clear(self) -> None:
        """Forget a stack that has ended."""
        for name in ("ready.json", "launcher.json", "session.json", "rpc.sock", "supervisord.pid"):
            with suppress(OSError):
                (self.folder / name).unlink()

    def sweep(self) -> int:
        """End what a launcher and a guard left behind that were both killed; say how many processes."""
        left = self._leftovers()
        if left:
            supervisor = Supervisor(self.socket_path)
            supervisor.stop_all()
            session_id = self._read("session.json")["pid"]
            strangers = {process.pid for process in session.members(session_id)} - {
                process.pid for process in left
            }
            session.end(session_id, spare=strangers, nudge=supervisor.nudge)
        self.clear()
        return len(left)

    def _leftovers(self) -> list[psutil.Process]:
        """The members of the noted session that are surely ours, since the kernel uses numbers again."""
        noted = self._read("session.json")
        if not noted:
            return []
        if psutil.pid_exists(noted["pid"]) and not self._process("session.json"):
            return []  # a younger process has the number: the session has long been over
        return [process for process in session.members(noted["pid"]) if self._works_here(process)]

    def _works_here(self, process: psutil.Process) -> bool:
        """Every process of a stack works in the project's folder or in the scratch folder."""
        ours = (self._root.resolve(), self.folder.parent.parent.resolve())
        with suppress(psutil.Error):
            return any(Path(process.cwd()).is_relative_to(folder) for folder in ours)
        return False

    def _process(self, name: str) -> psutil.Process | None:
        """The process noted in a file, if it is still that very one."""
        noted = self._read(name)
        with suppress(psutil.Error):
            if noted and any(abs(now - noted[key]) < 1 for key, now in _birth(noted["pid"]).items()):
                return psutil.Process(noted["pid"])
        return None

    def _read(self, name: str) -> dict[str, Any]:
        try:
            noted = json.loads((self.folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) and {"pid", "created", "uptime"} <= set(noted) else {}

    def _write(self, name: str, pid: int) -> None:
        (self.folder / name).write_text(json.dumps({"pid": pid} | _birth(pid)) + "\n", "utf-8")


def _birth(pid: int) -> dict[str, float]:
    """When a process was born: by the clock, and since the machine's start.

    A clock that is set meanwhile changes the one on Linux (also of a process that runs already), the other on
    macOS.
    """
    created = psutil.Process(pid).create_time()
    return {"created": created, "uptime": created - psutil.boot_time()}


def every_control(root: Path, run: str) -> list[Control]:
    """The control folders that exist."""
    return [Control(root, run, path.name) for path in sorted((root / run / "control").glob("*/"))]


def stop(control: Control) -> str | None:
    """End a stack from outside. What was done, or None if nothing ran."""
    if not control.held():
        left = control.sweep()
        return f"{control.name}: {left} processes whose launcher had been killed" if left else None
    launcher = control.launcher()
    if launcher:
        session.send(launcher, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT
    while control.held():
        if time.monotonic() > deadline:
            mend = f"; kill it: kill -9 {launcher.pid}" if launcher else ""
            raise LaunchError(f"{control.name} does not end{mend}")
        time.sleep(0.02)
    control.sweep()
    return (
        f"{control.name} (pid {launcher.pid})"
        if launcher
        else f"{control.name} (its launcher had been killed)"
    )


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _short(root: Path, path: str) -> str:
    """A path for the Unix socket that fits, however deep the project's folder lies.

    supervisord makes the path absolute; on Linux the working directory has a short absolute name.
    """
    if path.startswith("/") or sys.platform != "linux":
        return str(root / path)
    return f"/proc/self/cwd/{path}"
