"""Somebody's own server as a target: a command that is started, waited for, and stopped with its children."""

import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from checks.claim import Trouble
from checks.target import Address, Process, Target
from launcher.sites import free_ports

START_SECONDS = 15.0
STOP_SECONDS = 5.0


class CannotStart(Exception):
    """Why there is nothing to check, in one line for the person at the terminal."""


class CommandPowers:
    """A process that we started ourselves: we may do to it what the kernel can."""

    can = frozenset({"kill", "restart", "memory"})

    def __init__(self, command: str, port: int):
        self.port = port
        try:
            self.words = shlex.split(command.replace("{port}", str(port)))
        except ValueError as error:
            raise CannotStart(f"CMD={command} cannot be read: {error}") from error
        if not self.words:
            raise CannotStart("CMD= is empty; give the command that starts your server")
        self._process: subprocess.Popen[bytes] | None = None

    def processes(self) -> list[Process]:
        """The one process, if it lives."""
        if self._process is None or self._process.poll() is not None:
            return []
        return [Process("server", "app", self._process.pid)]

    def kill(self, name: str) -> None:
        """End it and its children at once."""
        self._end(signal.SIGKILL, STOP_SECONDS)

    def stop(self, name: str, patience: float = STOP_SECONDS) -> None:
        """Ask it to end (SIGTERM), and insist when it does not."""
        self._end(signal.SIGTERM, patience)
        self._end(signal.SIGKILL, STOP_SECONDS)

    def start(self, name: str = "server", patience: float = START_SECONDS) -> None:
        """Start it and wait until it listens; CannotStart says why it does not."""
        if self.processes():
            return
        environment = {**os.environ, "PORT": str(self.port)}
        try:
            self._process = subprocess.Popen(
                self.words, stdin=subprocess.DEVNULL, start_new_session=True, env=environment
            )
        except OSError as error:
            raise CannotStart(f"cannot start {self.words[0]}: {error.strerror}") from error
        deadline = time.monotonic() + patience
        while not is_listening(self.port):
            if (status := self._process.poll()) is not None:
                raise CannotStart(f"the command ended at once, with exit status {status}: {self.words[0]}")
            if time.monotonic() > deadline:
                self.stop(name)
                raise CannotStart(
                    f"the command runs, but after {patience:.0f} s nothing listens on 127.0.0.1 port "
                    f"{self.port}; write {{port}} where it takes the port, or read the variable PORT"
                )
            time.sleep(0.02)

    def renew_certificate(self, patience: float) -> None:
        """Never asked for: `can` does not name it."""
        raise Trouble("nobody knows how this server takes a new certificate")

    def _end(self, number: signal.Signals, patience: float) -> None:
        process = self._process
        if process is None:
            return
        with suppress(psutil.Error, ProcessLookupError):
            family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            os.killpg(process.pid, number)
            psutil.wait_procs(family, timeout=patience)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections there.

    It asks and hears the answer out, as a visitor does: a connection without a word, or one that is cut off,
    may end the server, and that is for a check to find.
    """
    try:
        visitor = socket.create_connection(("127.0.0.1", port), timeout=1)
    except OSError:
        return False
    with visitor, suppress(OSError):
        visitor.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        deadline = time.monotonic() + 1
        while visitor.recv(65536) and time.monotonic() < deadline:
            pass
    return True


@contextmanager
def command_target(command: str) -> Iterator[Target]:
    """Start the command on a free port ({port} in it, or $PORT); stop it afterwards."""
    port = int(free_ports(("step01",))["STEP01_PORT"])
    powers = CommandPowers(command, port)
    try:
        powers.start()
        yield Target(name=command, http=Address("127.0.0.1", port, name="127.0.0.1"), powers=powers)
    finally:
        powers.stop("server")
