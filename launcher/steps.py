"""Which steps there are, and which processes each of them needs: read from the folders, not listed here."""

import configparser
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LaunchError
from launcher.tour import TOUR, UNKNOWN, Stop

_FOLDER = re.compile(r"(step(\d\d))_\w+")


@dataclass(frozen=True)
class Process:
    """A process of a step. `name` is what people see; `group` and `process` are supervisord's names."""

    name: str
    group: str
    process: str
    restarts: bool
    sockets: tuple[str, ...] = ()  # the Unix sockets that it listens on, with %(ENV_RUN)s still in them


@dataclass(frozen=True)
class Step:
    """A folder `stepNN_title` with a `processes.ini`."""

    name: str
    number: int
    folder: str
    programs: configparser.RawConfigParser
    processes: tuple[Process, ...]

    @property
    def about(self) -> Stop:
        """What people are told about it."""
        return TOUR.get(self.name, UNKNOWN)

    @property
    def needs(self) -> set[str]:
        """The programs that its commands begin with."""
        return {shlex.split(self.programs.get(section, "command"))[0] for section in self.programs.sections()}


def all_steps(root: Path) -> dict[str, Step]:
    """Every step of the project, by name, in order."""
    steps = {}
    for path in sorted(root.glob("step[0-9][0-9]_*/processes.ini")):
        if match := _FOLDER.fullmatch(path.parent.name):
            steps[match[1]] = _read(path, match[1], int(match[2]))
    if not steps:
        raise LaunchError("no step here: run this in the project's folder (the one with the Makefile)")
    return steps


def choose(root: Path, names: list[str]) -> list[Step]:
    """The named steps, in order; all of them if none is named."""
    steps = all_steps(root)
    wanted = {_plain(name) for name in names} or set(steps)
    if unknown := sorted(wanted - set(steps)):
        raise LaunchError(f"there is no {unknown[0]} here; there are {', '.join(steps)}")
    return [step for name, step in steps.items() if name in wanted]


def _plain(name: str) -> str:
    """`step05`, `step05_nginx`, `5` and `05` all mean step05."""
    digits = re.fullmatch(r"(?:step)?(\d{1,2})(?:_.*)?/?", name)
    return f"step{int(digits[1]):02}" if digits else name


def _read(path: Path, name: str, number: int) -> Step:
    # The same dialect as supervisord's; no interpolation, its %(ENV_X)s are for it to expand.
    programs = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"), strict=True)
    try:
        programs.read_string(path.read_text("utf-8"), source=str(path))
        processes = [
            process for section in programs.sections() for process in _processes(name, programs, section)
        ]
    except (configparser.Error, ValueError, KeyError) as error:
        raise LaunchError(f"{path.parent.name}/{path.name}: {' '.join(str(error).split())}") from error
    return Step(name, number, path.parent.name, programs, tuple(processes))


def _processes(step: str, programs: configparser.RawConfigParser, section: str) -> list[Process]:
    kind, _, program = section.partition(":")
    if kind != "program" or not program or not programs.get(section, "command").strip():
        raise ValueError(f"[{section}] is not a [program:…] with a command")
    pattern = process_pattern(programs, section)
    first = programs.getint(section, "numprocs_start", fallback=0)
    restarts = programs.get(section, "autorestart", fallback="unexpected").lower() != "false"
    sockets = re.findall(r"--bind[ =][\"']?unix:([^\s\"']+)", programs.get(section, "command"))
    found = []
    for number in range(first, first + programs.getint(section, "numprocs", fallback=1)):
        process = pattern % {"program_name": program, "process_num": number, "group_name": program}
        mine = tuple(path.replace("%(process_num)d", str(number)) for path in sockets)
        found.append(Process(display_name(step, process), program, process, restarts, mine))
    return found


def process_pattern(programs: configparser.RawConfigParser, section: str) -> str:
    """The name of a program's processes, before supervisord's expansion of its number."""
    return programs.get(section, "process_name", fallback="%(program_name)s")


def display_name(step: str, process: str) -> str:
    """`app1` of step07 is `step07-app1` to people and on disk; `step05-nginx` is that already."""
    return (
        process if process.startswith(step) or process.startswith("%(program_name)s") else f"{step}-{process}"
    )
