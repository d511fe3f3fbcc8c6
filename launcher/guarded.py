"""The launcher's end of the pipe to the guard: processes in a session that ends when this process does."""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from launcher import session
from launcher.control import STOP_TIMEOUT, Control
from launcher.errors import LaunchError


@dataclass(frozen=True)
class Ended:
    """A process that the guard had started has ended."""

    name: str
    status: int  # as subprocess has it: negative for a signal

    def __str__(self) -> str:
        return f"killed by signal {-self.status}" if self.status < 0 else f"exit status {self.status}"


class GuardedSession:
    """A session of processes, led by a guard (see `launcher/guard.py`)."""

    def __init__(self, control: Control, environment: Mapping[str, str], root: Path) -> None:
        assert control.lock_file is not None
        self._ended: queue.SimpleQueue[Ended | None] = queue.SimpleQueue()
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "launcher.guard", control.socket_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=root,
            start_new_session=True,
            pass_fds=[control.lock_file],
        )
        control.remember_session(self._guard.pid)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def order(self, name: str, command: list[str], log: Path) -> None:
        """Have a process started."""
        assert self._guard.stdin is not None
        order = {"name": name, "log": str(log), "command": command}
        try:
            self._guard.stdin.write(json.dumps(order) + "\n")
            self._guard.stdin.flush()
        except OSError as error:
            raise LaunchError("the guard of the processes was killed; everything is stopped") from error

    def ended(self, timeout: float = 0) -> Ended | None:
        """One process that ended meanwhile, if any did."""
        try:
            ended = self._ended.get(timeout > 0, timeout)
        except queue.Empty:
            return None
        if ended is None:
            raise LaunchError("the guard of the processes was killed; everything is stopped")
        return ended

    def close(self, hurried: Callable[[], bool], nudge: Callable[[], None]) -> None:
        """End every process of the session: the guard does it in order; if it was killed, this does."""
        guard = self._guard
        assert guard.stdin is not None
        assert guard.stdout is not None
        with suppress(OSError):
            guard.stdin.close()
        deadline = time.monotonic() + STOP_TIMEOUT
        while guard.poll() is None and time.monotonic() < deadline and not hurried():
            time.sleep(0.02)
        if guard.poll() is None:
            session.kill(guard.pid)
            guard.wait()
        session.end(guard.pid, nudge=nudge)
        self._listener.join()
        guard.stdout.close()

    def _listen(self) -> None:
        assert self._guard.stdout is not None
        for line in self._guard.stdout:
            ended = json.loads(line)
            self._ended.put(Ended(ended["name"], ended["status"]))
        self._ended.put(None)
