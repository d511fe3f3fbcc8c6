"""The Compose files as Compose understands them, and the lists of processes that they are to repeat."""

import configparser
import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.documents import ROOT, STEPS

DEVELOPMENT = ("-f", "docker-compose.yml", "-f", "docker-compose.dev.yml")


@cache
def services(*files: str) -> dict[str, dict[str, Any]]:
    """Every service with all that it inherits, its variables as they stand in the files."""
    command = ["docker", "compose", *files, "--profile=*", "config", "--format=json", "--no-interpolate"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, dict[str, Any]] = json.loads(told.stdout)["services"]
    return found


def words(service: dict[str, Any]) -> str:
    """Its command, as somebody would type it."""
    command = service["command"]
    return command if isinstance(command, str) else " ".join(command)


def programs() -> Iterator[tuple[str, configparser.SectionProxy]]:
    """The lines of every processes.ini, by the name of the service that should repeat them."""
    for step in STEPS:
        parser = configparser.RawConfigParser(inline_comment_prefixes=(";",))
        parser.read(step / "processes.ini", encoding="utf-8")
        for section in parser.sections():
            yield section.removeprefix("program:"), parser[section]


def in_a_container(command: str) -> str:
    """The native line as a container needs it: its own address, and a port where there was a socket."""
    command = re.sub(r"%\(ENV_(STEP0(\d)_PORT)\)s", r"${\1:-800\2}", command)
    command = re.sub(r'"unix:[^"]*"', "0.0.0.0:8000", command.replace("127.0.0.1", "0.0.0.0"))
    return command.replace("%(ENV_RUN)s", "run")


def text(path: str) -> str:
    return Path(ROOT, path).read_text(encoding="utf-8")
