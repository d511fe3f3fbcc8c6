"""The steps as targets in containers: started by Docker Compose on free ports, with the engine's powers."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from checks.claim import Trouble
from checks.target import POWERS, RENEW, Address, Process, Target
from launcher import engine
from launcher.sites import free_ports

ROLES = {"nginx": "proxy", "redis": "store", "app": "app", "server": "app"}  # the others serve nobody
PATIENCE = 60.0
START_PATIENCE = 600.0  # images may have to be fetched and built
LABEL = "com.docker.compose."


@dataclass(frozen=True)
class Project:
    """A Compose project of its own: its name stands before those of its containers, volumes and networks."""

    name: str
    root: Path
    environ: Mapping[str, str]

    def compose(self, *words: str, patience: float = PATIENCE) -> str:
        """Let Compose do something; what it prints. RuntimeError with its last words if it fails."""
        return run(["docker", "compose", *words], self.root, self.environ, patience)

    def docker(self, *words: str, patience: float = PATIENCE) -> str:
        """The same for the engine itself."""
        return run(["docker", *words], self.root, self.environ, patience)

    def containers(self, step: str, *, alive: bool = True) -> dict[str, dict[str, Any]]:
        """What the engine knows of the step's containers, by name without the project's."""
        every = [] if alive else ["--all"]
        mine = f"label={LABEL}project={self.name}"
        listed = self.docker("ps", "--quiet", *every, "--filter", mine).split()
        found: list[dict[str, Any]] = []
        with suppress(RuntimeError):  # one of them has just been removed
            found = json.loads(self.docker("inspect", *listed)) if listed else []
        named = {one["Name"].removeprefix(f"/{self.name}-"): one for one in found}
        return {name: one for name, one in named.items() if service(one).startswith(step)}


def service(container: Mapping[str, Any]) -> str:
    """The service in the Compose file that it belongs to."""
    return str(container["Config"]["Labels"][f"{LABEL}service"])


def run(command: list[str], root: Path, environ: Mapping[str, str], patience: float) -> str:
    """Run a command to its end."""
    try:
        ran = subprocess.run(
            command,
            cwd=root,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{' '.join(command[:4])} … took longer than {patience:.0f} s") from error
    if ran.returncode:
        last = " ".join(ran.stderr.strip().splitlines()[-2:]) or f"exit status {ran.returncode}"
        raise RuntimeError(f"{' '.join(command[:4])} …: {last}")
    return ran.stdout


class ContainerPowers:
    """What the engine can do to a step's containers.

    "kill" and "memory" are for root on Linux, where the processes in containers are to be seen from outside.
    """

    def __init__(self, step: str, project: Project):
        self._step, self._project = step, project
        sees = sys.platform == "linux" and os.geteuid() == 0
        self.can = frozenset(POWERS) if sees else frozenset(POWERS) - {"kill", "memory"}

    def processes(self) -> list[Process]:
        """The containers that live now, each by its main process."""
        return [
            Process(name, ROLES[kind], main_process(container["State"]["Pid"]))
            for name, container in self._project.containers(self._step).items()
            if (kind := service(container).rpartition("-")[2]) in ROLES and container["State"]["Pid"]
        ]

    def kill(self, name: str) -> None:
        """End all processes of a container at once.

        By the kernel, which ends all of them with their process 1. `docker kill` would be an operator's wish,
        after which the engine restarts nothing.
        """
        if container := self._project.containers(self._step).get(name):
            with suppress(ProcessLookupError):
                os.kill(container["State"]["Pid"], signal.SIGKILL)
            self._wait(name, False, PATIENCE, container["State"]["StartedAt"])

    def freeze(self, name: str) -> None:
        """All of the container."""
        self._do("pause", self._full(name))

    def thaw(self, name: str) -> None:
        """All of the container."""
        with suppress(RuntimeError):  # somebody ended it meanwhile
            self._project.docker("unpause", self._full(name))

    def stop(self, name: str, patience: float) -> None:
        """End it in order."""
        self._do("stop", self._full(name), patience=patience)

    def start(self, name: str, patience: float) -> None:
        """Start it, unless it runs."""
        self.thaw(name)
        self._do("start", self._full(name), patience=patience)
        self._wait(name, True, patience)

    def renew_certificate(self, patience: float) -> None:
        """A new key and certificate in place of the old ones; then nginx reloads."""
        prepare = self._project.containers(self._step, alive=False)[f"{self._step}-prepare-1"]
        volumes, image = f"--volumes-from={self._full(f'{self._step}-prepare-1')}", prepare["Image"]
        anew = ("python", "-c", RENEW, "run")
        self._do("run", "--rm", "--network=none", volumes, image, *anew, patience=patience)
        for process in self.processes():
            if process.role == "proxy":
                self._do("kill", "--signal", "HUP", self._full(process.name))

    def _wait(self, name: str, alive: bool, patience: float, started: str = "") -> None:
        """Until it lives or not; a container that was started again meanwhile has died, too."""
        deadline = time.monotonic() + patience
        while True:
            container = self._project.containers(self._step).get(name)
            if bool(container) is alive or (container and container["State"]["StartedAt"] != started != ""):
                return
            if time.monotonic() > deadline:
                raise Trouble(f"{name} does not {'start' if alive else 'end'}")
            time.sleep(0.02)

    def _do(self, *words: str, patience: float = PATIENCE) -> None:
        """Let the engine do something; what it complains of is the site's trouble."""
        try:
            self._project.docker(*words, patience=patience)
        except RuntimeError as error:
            raise Trouble(str(error)) from error

    def _full(self, name: str) -> str:
        return f"{self._project.name}-{name}"


def main_process(pid: int) -> int:
    """The program in a container whose process 1 is Docker's init, as its only child; else that process."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        if "init" in process.name() and (children := process.children()):
            return children[0].pid
    return pid


def target_of(step: str, project: Project, folder: Path) -> Target:
    """A running step as a target."""
    port, tls_port = (int(project.environ[f"{step.upper()}{kind}_PORT"]) for kind in ("", "_TLS"))
    https = Address("127.0.0.1", tls_port, tls=True) if step >= "step06" else None
    root = folder / f"{step}-root.pem"
    if https:
        project.compose("cp", f"{step}-prepare:/srv/run/authority/root.pem", str(root))
    return Target(
        name=step,
        http=Address("127.0.0.1", port, name="127.0.0.1" if not https else "localhost"),
        https=https,
        authority=root if https else None,
        powers=ContainerPowers(step, project),
        # What comes to a published port of the loopback address is passed on by a process of the engine, so
        # the site sees the address of the network's gateway, whoever comes.
        one_address=True,
    )


@contextmanager
def up(*steps: str, root: Path, environment: Mapping[str, str] | None = None) -> Iterator[Project]:
    """Start these steps on free ports, as a project of their own; leave nothing of it behind."""
    engine.find(os.environ)
    name = f"course-{os.getpid()}-{time.monotonic_ns() % 100_000}"
    environ = {**os.environ, **free_ports(steps), "COMPOSE_PROJECT_NAME": name, **(environment or {})}
    environ["COMPOSE_PROFILES"] = ",".join(steps)
    project = Project(environ["COMPOSE_PROJECT_NAME"], root, environ)
    try:
        project.compose("up", "--build", "--wait", patience=START_PATIENCE)
        yield project
    finally:
        remove(project)


def remove(project: Project) -> None:
    """Leave nothing behind. Once more if it fails: the engine may just be removing something by itself."""
    down = ("down", "--volumes", "--remove-orphans", "--timeout", "5")
    try:
        project.compose(*down)
    except RuntimeError:
        project.compose(*down)


@contextmanager
def container_targets(*steps: str, root: Path | None = None) -> Iterator[dict[str, Target]]:
    """Start these steps in containers; stop and remove them afterwards."""
    with up(*steps, root=root or Path.cwd()) as project, tempfile.TemporaryDirectory() as folder:
        yield {step: target_of(step, project, Path(folder)) for step in steps}
