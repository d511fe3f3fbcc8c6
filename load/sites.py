"""Whom the load is for: a step that runs on this machine, or a server that somebody names."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from checks.native import NativePowers, target_of
from launcher import Site
from launcher.control import Control
from launcher.errors import LaunchError
from launcher.settings import Settings
from launcher.steps import Step, choose, display_name
from launcher.supervision import Supervisor
from load.address import Misused

STEPS = tuple(f"step0{number}" for number in range(1, 8))
Pids = Callable[[], Mapping[str, int]]


class NotRunning(Exception):
    """The step that was named does not answer; one line with what mends it."""


@dataclass(frozen=True)
class Aim:
    """One server. `pids` tells its processes by name; None: nobody knows them."""

    step: int  # 0: somebody's own
    url: str  # without a slash at the end
    authority: Path | None = None
    pids: Pids | None = None
    scratch: Path | None = None  # a step's folder below $RUN
    powers: NativePowers | None = None  # over a step that this program has started itself


def number_of(text: str) -> int:
    """The number of a step as people write it: 5, 05, step05."""
    digits = text.strip().lower().removeprefix("step")
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits) <= len(STEPS)):
        raise Misused(f"there is no step {text!r}; STEP= takes a number from 01 to 07")
    return int(digits)


def site_choices() -> list[str]:
    """Every step with its address, for people to choose from, the running ones first."""
    rows = []
    try:
        settings = Settings.read(os.environ, Path.cwd())
        steps = choose(settings.root, list(STEPS))
    except LaunchError:  # the course is not here: then nothing of it runs
        return []
    for step in steps:
        row = f"{step.name}  {_address(settings, step)}"
        runs = _control(settings, step.name) is not None
        rows.append((not runs, row if runs else row.replace("  ", " (make " + step.name + ")  ")))
    return [row for _, row in sorted(rows)]


def running_step(number: int, environ: Mapping[str, str] = os.environ, root: Path | None = None) -> Aim:
    """The step that `make up` or `make stepNN` has started; NotRunning if there is none."""
    try:
        settings = Settings.read(environ, root or Path.cwd())
        (step,) = choose(settings.root, [f"step{number:02}"])
    except LaunchError as error:
        raise Misused(str(error)) from error
    control = _control(settings, step.name)
    if not control:
        raise NotRunning(
            f"{step.name} is not running; start it in another terminal: make {step.name} (or make up)"
        )
    url = _address(settings, step, control)
    supervisor = Supervisor(control.socket_path)

    def pids() -> Mapping[str, int]:
        states = [one for one in supervisor.states() if one.group.startswith(step.name) and one.pid]
        return {display_name(step.name, one.process): one.pid for one in states}

    authority = settings.scratch / "authority" / "root.pem" if url.startswith("https") else None
    return Aim(number, url, authority, pids, settings.scratch / step.name)


def started(site: Site) -> Aim:
    """A step that this program has started itself."""
    target, powers = target_of(site, Path.cwd()), NativePowers(site, Path.cwd())
    number = int(site.step.removeprefix("step"))
    return Aim(number, target.main.url, target.authority, site.pids, site.run / site.step, powers)


def family(aim: Aim) -> list[tuple[str, psutil.Process]]:
    """The processes of the step, with their children, each with its name."""
    found: list[tuple[str, psutil.Process]] = []
    for name, pid in sorted((aim.pids() if aim.pids else {}).items()):
        with suppress(psutil.Error):
            parent = psutil.Process(pid)
            found.append((name, parent))
            found += [(f"{name}, {_role(child)}", child) for child in parent.children(recursive=True)]
    return found


def _role(process: psutil.Process) -> str:
    """What a child does: nginx writes it where its command stood."""
    title = " ".join(process.cmdline())
    return title.removeprefix("nginx: ").partition(" process")[0] if title.startswith("nginx: ") else "worker"


def _control(settings: Settings, name: str) -> Control | None:
    """The stack in which the step runs, if it answers."""
    for stack in (name, "up"):
        control = Control(settings.root, settings.run, stack)
        with suppress(OSError, ValueError):
            if control.launcher() and name in json.loads(control.ready_file.read_text("utf-8")):
                return control
    return None


def _address(settings: Settings, step: Step, control: Control | None = None) -> str:
    """Where its pages are: the encrypted address, if there is one."""
    if control:
        site = json.loads(control.ready_file.read_text("utf-8"))[step.name]
        return str(site["https"] or site["http"])
    ports = settings.ports(step)
    return f"https://localhost:{ports.https}" if ports.https else f"http://127.0.0.1:{ports.http}"
