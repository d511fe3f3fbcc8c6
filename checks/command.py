"""Somebody's own server as a target: a command that is started, waited for, and stopped with its children."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from checks.claim import Trouble
from checks.target import Address, Process, Target
from launcher.interruption import undisturbed
from launcher.sites import free_ports

START_SECONDS = 15.0
STOP_SECONDS = 5.0
EVERYWHERE = ("127.0.0.1", "0.0.0.0", "::")  # who listens on one of these hears us


class CannotStart(Exception):
    """Why there is nothing to check, in one line for the person at the terminal."""


class Misused(CannotStart):
    """What was asked for cannot be: no server's fault."""


class CommandPowers:
    """A process that we started ourselves: we may do to it what the kernel can.

    What it writes goes to `output`, if given, else to our own output.
    """

    can = frozenset({"kill", "restart", "memory"})

    def __init__(self, command: str, *ports: int, output: Path | None = None):
        self.ports, self.output = ports, output
        for name, port in zip(("{port}", "{tls_port}"), ports, strict=False):
            command = command.replace(name, str(port))
        self.command = command  # as somebody could type it
        try:
            self.words = shlex.split(command)
        except ValueError as error:
            raise Misused(f"CMD={command} cannot be read: {error}") from error
        if not self.words:
            raise Misused("CMD= is empty; give the command that starts your server")
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()  # a check may still be about to start it when we end it for good
        self._over = False

    def processes(self) -> list[Process]:
        """The one process, if it lives."""
        if self._process is None or self._process.poll() is not None:
            return []
        return [Process("server", "app", self._process.pid)]

    def has_ended(self, patience: float) -> bool:
        """Whether it has ended by itself, or does so in that time."""
        with suppress(subprocess.TimeoutExpired):
            return self._process is None or self._process.wait(patience) is not None
        return False

    def kill(self, name: str) -> None:
        """End it and its children at once."""
        self._end(signal.SIGKILL, STOP_SECONDS)

    def stop(self, name: str, patience: float = STOP_SECONDS) -> None:
        """Ask it to end (SIGTERM), and insist when it does not."""
        self._end(signal.SIGTERM, patience)
        self._end(signal.SIGKILL, STOP_SECONDS)

    def end(self) -> None:
        """Stop it for good: no start after this one."""
        with self._lock:
            self._over = True
        try:
            self.stop("server")
        finally:  # also when somebody presses Ctrl-C once more
            self._end(signal.SIGKILL, STOP_SECONDS)

    def start(self, name: str = "server", patience: float = START_SECONDS) -> None:
        """Start it and wait until it listens; CannotStart says why it does not."""
        with self._lock:
            if self._over or self.processes():
                return
            with undisturbed():
                self._process = process = self._launch()
        deadline = time.monotonic() + patience
        while not all(is_listening(port, process.pid) for port in self.ports):
            if (status := process.poll()) is not None:
                raise CannotStart(f"the command ended at once, with exit status {status}: {self.words[0]}")
            if time.monotonic() > deadline:
                self.stop(name)
                numbers = " and ".join(str(port) for port in self.ports)
                raise CannotStart(
                    f"the command runs, but after {patience:.0f} s nothing listens on 127.0.0.1 port "
                    f"{numbers}; write {{port}} where it takes the port, or read the variable PORT"
                )
            time.sleep(0.02)

    def freeze(self, name: str) -> None:
        """Never asked for: `can` does not name it; one process that is the whole site tells nothing then."""
        raise Trouble("this server is one command")

    def thaw(self, name: str) -> None:
        """Never asked for."""
        raise Trouble("this server is one command")

    def renew_certificate(self, patience: float) -> None:
        """Never asked for: `can` does not name it."""
        raise Trouble("nobody knows how this server takes a new certificate")

    def _launch(self) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "PORT": str(self.ports[0]), "PYTHONUNBUFFERED": "1"}
        # Last, so that somebody's own tools come first: our Python, for whoever has activated nothing.
        environment["PATH"] = os.pathsep.join(
            [os.environ.get("PATH", os.defpath), os.path.dirname(sys.executable)]
        )
        output = self.output.open("ab") if self.output else None
        try:
            return subprocess.Popen(
                self.words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
                env=environment,
            )
        except OSError as error:
            raise CannotStart(
                f"cannot start {self.words[0]}: {error.strerror} (for a shell's words: CMD=\"sh -c '…'\")"
            ) from error
        finally:
            if output:
                output.close()

    def _end(self, number: signal.Signals, patience: float) -> None:
        process = self._process
        if process is None:
            return
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            family = _family(process.pid)[1:] if process.poll() is None else []
            os.killpg(process.pid, number)
            psutil.wait_procs(family, timeout=patience)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def is_listening(port: int, pid: int) -> bool:
    """Whether that process, or a child of it, accepts connections at this port.

    The kernel is asked: a connection without a word would be the server's first visitor, and some die of it.
    A server whose sockets are not to be seen (in a container, say) has to stand it.
    """
    family: list[psutil.Process] = []
    with suppress(psutil.Error):
        family = _family(pid)
    for process in family:
        with suppress(psutil.Error):
            for socket_ in process.net_connections("tcp"):
                if socket_.status == psutil.CONN_LISTEN and socket_.laddr.port == port:
                    return socket_.laddr.ip in EVERYWHERE
    hidden = not family or time.time() - family[0].create_time() > 1.0
    return hidden and accepts(port)


def accepts(port: int) -> bool:
    """Whether somebody accepts a connection there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def command_target(command: str, output: Path | None = None) -> Iterator[Target]:
    """Start the command on a free port ({port} in it, or $PORT); stop it afterwards.

    Who writes {tls_port} as well has a second one for https.
    """
    ports = [int(port) for port in free_ports(("step01",)).values()]
    https = Address("127.0.0.1", ports[1], tls=True) if "{tls_port}" in command else None
    plain = Address("127.0.0.1", ports[0], name="localhost" if https else "127.0.0.1")
    powers = CommandPowers(command, *(ports if https else ports[:1]), output=output)
    try:
        powers.start()
        yield Target(name=command, http=plain, https=https, powers=powers)
    finally:
        powers.end()
