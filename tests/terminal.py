"""One bash on a pseudo-terminal, to which commands are given one by one, as a reader would.

It is a terminal because programs behave otherwise when they write to a pipe: curl shows its progress
meter, Python keeps its output back.
"""

import fcntl
import os
import pty
import re
import secrets
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

_ROWS, _COLUMNS = 50, 200


class Terminal:
    """A shell; ``run`` starts a command in it, and what it prints is read as it comes."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.status = 0
        self.busy = False
        self._mark = secrets.token_hex(8)
        self._script = folder.parent / f".command-{self._mark}"
        self._printed = ""
        self._began = self._read_until = 0
        self._news = threading.Condition()
        self._master, slave = pty.openpty()
        _make_plain(slave)
        self.shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        # Job control as in a person's shell: each command is a process group, which ^C can reach.
        self._type("set -m; trap : INT")

    def run(self, command: str) -> None:
        """Start a command; it sees the exit status of the one before as ``$?``."""
        self._script.write_text(command + "\n", encoding="utf-8")
        self.busy = True
        self._began = self._read_until = len(self._printed)
        # Two lines: when a command dies of ^C, bash throws the rest of its line away.
        self._type(f"(exit {self.status}); . '{self._script}' </dev/null")
        self._type(f"printf '\\036{self._mark} %d\\036' $?")

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Wait for the command's end, or for the condition; False when neither came in time."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                self._notice_end()
                if not self.busy or until():
                    return True
                if time.monotonic() > deadline:
                    return False
                # Conditions such as "the port answers" bring no news of their own: look again soon.
                self._news.wait(0.02)

    def output(self) -> str:
        """What was printed since the command began, or since ``forget``."""
        with self._news:
            text = self._printed[self._read_until :]
        return re.sub(rf"\x1e{self._mark} \d+\x1e", "", text).replace("\x1e", "")

    def forget(self) -> None:
        """Count from here on what is new."""
        with self._news:
            self._read_until = len(self._printed)

    def interrupt(self) -> None:
        """Press ^C: SIGINT to the process group in the foreground."""
        for group in self._foreground_groups():
            with suppress(ProcessLookupError):  # it may have ended since we looked
                os.killpg(group, signal.SIGINT)

    def close(self) -> None:
        """Close the window: what still runs in it is asked to end; ``leftovers`` tells what did not."""
        for group in self._foreground_groups():
            with suppress(ProcessLookupError):  # it may have ended since we looked, or by the first signal
                os.killpg(group, signal.SIGTERM if not self.busy else signal.SIGINT)
                os.killpg(group, signal.SIGCONT)
        self.wait(30)
        assert self.shell.stdin is not None
        self.shell.stdin.close()
        try:
            self.shell.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.shell.pid, signal.SIGKILL)
            self.shell.wait()
        self._reader.join(2)
        self._script.unlink(missing_ok=True)

    def _foreground_groups(self) -> set[int]:
        try:
            children = psutil.Process(self.shell.pid).children()
            return {os.getpgid(child.pid) for child in children} - {self.shell.pid}
        except (psutil.NoSuchProcess, ProcessLookupError):
            return set()

    def _type(self, line: str) -> None:
        assert self.shell.stdin is not None
        self.shell.stdin.write(line.encode() + b"\n")
        self.shell.stdin.flush()

    def _notice_end(self) -> None:
        found = re.search(rf"\x1e{self._mark} (\d+)\x1e", self._printed[self._began :])
        if self.busy and found:
            self.busy, self.status = False, int(found[1])
        elif self.busy and self.shell.poll() is not None:
            self.busy, self.status = False, self.shell.returncode

    def _read(self) -> None:
        pending = b""
        try:
            while chunk := os.read(self._master, 65536):
                pending += chunk
                text, pending = _decoded(pending)
                with self._news:
                    self._printed += text
                    self._news.notify_all()
        except OSError:
            pass  # Linux reports the end of a terminal as an input/output error.
        finally:
            os.close(self._master)


def leftovers(folder: Path, mark: str) -> list[psutil.Process]:
    """Processes that a lesson left behind: they carry its mark, or stand in its folder."""
    return [process for process in psutil.process_iter() if _belongs(process, folder, mark)]


def _belongs(process: psutil.Process, folder: Path, mark: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # nginx overwrites its environment with its title, so the folder is asked too.
        return process.environ().get("LESSON") == mark or Path(process.cwd()).is_relative_to(folder)
    except (psutil.Error, OSError):
        return False


def _make_plain(slave: int) -> None:
    """No translation of line ends, and a width at which nothing is wrapped."""
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))


def _decoded(data: bytes) -> tuple[str, bytes]:
    """Decode what is whole; keep back a character that was cut in two."""
    try:
        return data.decode(), b""
    except UnicodeDecodeError as error:
        if error.end == len(data) and len(data) - error.start < 4:
            return data[: error.start].decode(), data[error.start :]
        return data.decode(errors="replace"), b""
