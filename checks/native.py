"""The steps as targets: started by the launcher on free ports, with the powers that a supervisor gives."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from checks.claim import Trouble
from checks.target import POWERS, RENEW, Address, Process, Target
from launcher import Site as RunningStep
from launcher import running

# With these lines in a file exempt.conf beside a step's nginx.conf its limits do not count this machine.
EXEMPT = '127.0.0.1 "";\n::1 "";\n'
ROLES = {"nginx": "proxy", "redis": "store"}


class NativePowers:
    """What supervisord and the kernel can do to a step's processes."""

    def __init__(self, step: RunningStep, root: Path):
        self._step, self._root = step, root
        self.can = frozenset(POWERS)  # "renew" too: without https a check finds nothing to renew, and says so

    def processes(self) -> list[Process]:
        """The processes that live now."""
        return [
            Process(name, ROLES.get(name.rpartition("-")[2], "app"), pid)
            for name, pid in self._step.pids().items()
        ]

    def kill(self, name: str) -> None:
        """End a process and its children at once: each has a process group of its own."""
        with suppress(ProcessLookupError, KeyError):  # it is dead already
            os.killpg(self._step.pids()[name], signal.SIGKILL)

    def freeze(self, name: str) -> None:
        """All of its group."""
        os.killpg(self._step.pids()[name], signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """All of its group."""
        with suppress(ProcessLookupError, KeyError):  # somebody ended it meanwhile
            os.killpg(self._step.pids()[name], signal.SIGCONT)

    def stop(self, name: str, patience: float) -> None:
        """End it in order."""
        self._step.stop(name)
        deadline = time.monotonic() + patience
        while name in self._step.pids():
            if time.monotonic() > deadline:
                raise Trouble(f"{name} does not stop")
            time.sleep(0.02)

    def start(self, name: str, patience: float) -> None:
        """Start it, unless it runs."""
        deadline = time.monotonic() + patience
        while name not in self._step.pids():
            with suppress(OSError):  # refused while supervisord has not noticed yet that it died
                self._step.start(name)
            if time.monotonic() > deadline:
                raise Trouble(f"{name} does not start")
            time.sleep(0.02)

    def renew_certificate(self, patience: float) -> None:
        """A new key and certificate in place of the old ones; then nginx reloads."""
        command = [sys.executable, "-c", RENEW, str(self._step.run)]
        subprocess.run(command, cwd=self._root, check=True, timeout=patience)
        for process in self.processes():
            if process.role == "proxy":
                os.kill(process.pid, signal.SIGHUP)


def target_of(step: RunningStep, root: Path) -> Target:
    """A running step as a target."""
    https = Address("127.0.0.1", step.ports["https"], tls=True) if step.https else None
    return Target(
        name=step.step,
        http=Address("127.0.0.1", step.ports["http"], name="127.0.0.1" if not https else "localhost"),
        https=https,
        authority=step.root_certificate if https else None,
        powers=NativePowers(step, root),
    )


@contextmanager
def native_targets(*steps: str, root: Path | None = None) -> Iterator[dict[str, Target]]:
    """Start these steps, on free ports, in a scratch folder of their own; stop them afterwards."""
    project = root or Path.cwd()
    with running(*steps, root=project, stay=True) as sites:
        yield {name: target_of(site, project) for name, site in sites.items()}
