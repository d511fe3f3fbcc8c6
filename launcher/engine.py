"""The container engine: is one here, does it answer, is its Compose new enough? Natively nothing needs it."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LaunchError

OLDEST_COMPOSE = (2, 20, 3)  # the first that knows `include`
INSTALL = "install Docker, with Compose: https://docs.docker.com/engine/install/"
UPGRADE = "install a newer Compose: https://docs.docker.com/compose/install/linux/"
PATIENCE = 20.0


class NoEngine(LaunchError):
    """Why there are no containers here; `mend` is the one thing to do about it."""

    def __init__(self, why: str, mend: str):
        super().__init__(f"{why}: {mend}")
        self.why, self.mend = why, mend


@dataclass(frozen=True)
class Engine:
    """An engine that answers."""

    docker: str
    version: str
    compose: str
    folder: Path  # where it keeps images and volumes; on macOS within its virtual machine


def find(environ: Mapping[str, str]) -> Engine:
    """The engine that the `docker` command speaks to, if it can run the course; else NoEngine."""
    docker = shutil.which("docker", path=environ.get("PATH"))
    if docker is None:
        raise NoEngine("there is no docker command", INSTALL)
    compose = _ask(docker, environ, "compose", "version", "--short")
    numbers = tuple(int(number) for number in re.findall(r"\d+", compose or "")[:3])
    if compose is None or not numbers:
        raise NoEngine("docker has no Compose", UPGRADE)
    if numbers < OLDEST_COMPOSE:
        least = ".".join(map(str, OLDEST_COMPOSE))
        raise NoEngine(f"Compose {compose} is older than {least}", UPGRADE)
    told = _ask(docker, environ, "info", "--format", "{{.ServerVersion}} {{.DockerRootDir}}")
    if told is None or not told.strip() or told.startswith(" "):
        raise NoEngine("no container engine answers", _start(docker, environ))
    version, _, folder = told.strip().partition(" ")
    return Engine(docker, version, compose.strip(), Path(folder))


def _start(docker: str, environ: Mapping[str, str]) -> str:
    """What to do about silence, by docker's own words."""
    said = subprocess.run(
        [docker, "version"], env=dict(environ), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if "permission denied" in said.stderr.lower():
        return "sudo usermod -aG docker $USER, then log in anew"
    return "start Docker Desktop, or: sudo systemctl start docker"


def _ask(docker: str, environ: Mapping[str, str], *words: str) -> str | None:
    """What docker prints; None if it fails, or says nothing for long."""
    try:
        asked = subprocess.run(
            [docker, *words],
            env=dict(environ),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip("\n") if asked.returncode == 0 else None
