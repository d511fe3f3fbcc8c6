"""What the environment may choose: the scratch folder, the ports, the programs. Read once, at the edge."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LaunchError
from launcher.steps import Step

# Settings of the servers themselves: what the lessons say must not depend on a reader's shell.
_FOREIGN = ("FLASK_", "GUNICORN_", "SUPERVISOR_", "WERKZEUG_", "STEP0", "PYTHON")
_FOREIGN_NAMES = {"FORWARDED_ALLOW_IPS", "PORT", "SCRIPT_NAME", "SERVER_SOFTWARE", "WEB_CONCURRENCY"}
_LONGEST_RUN = 71  # a Unix socket's path has room for 103 bytes on macOS; this one needs 32 more


@dataclass(frozen=True)
class Ports:
    """Where a step listens; `https` is None for a step without TLS."""

    http: int
    https: int | None


@dataclass(frozen=True)
class Settings:
    """The project's folder, the scratch folder as it was given (perhaps relative), and the environment."""

    root: Path
    run: str
    environ: Mapping[str, str]

    @classmethod
    def read(cls, environ: Mapping[str, str], root: Path) -> "Settings":
        """Take what is set; the rest has defaults."""
        run = environ.get("RUN", "").rstrip("/") or "run"
        # Only on Linux the project's folder has a short name (see control.py).
        place = run if sys.platform == "linux" else str(root / run)
        if len(os.fsencode(place)) > _LONGEST_RUN:
            raise LaunchError(f"RUN={place} is too long a path for Unix sockets; choose a shorter one")
        if "%" in run:
            raise LaunchError(f"RUN={run} has a % in it, which supervisord reads as its own; choose another")
        return cls(root, run, environ)

    @property
    def scratch(self) -> Path:
        """The scratch folder."""
        return self.root / self.run

    def ports(self, step: Step) -> Ports:
        """The ports of a step."""
        number = step.number
        https = self._port(f"STEP{number:02}_TLS_PORT", 8440 + number) if step.about.https else None
        return Ports(self._port(f"STEP{number:02}_PORT", 8000 + number), https)

    def _port(self, name: str, default: int) -> int:
        text = self.environ.get(name) or str(default)
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
            raise LaunchError(f"{name}={text} is not a port; choose a number from 1 to 65535")
        return int(text)

    def for_processes(self, steps: list[Step]) -> dict[str, str]:
        """The environment of every process: the person's own, without what would change a lesson."""
        environment = {
            name: value
            for name, value in self.environ.items()
            if not name.startswith(_FOREIGN) and name not in _FOREIGN_NAMES
        }
        for step in steps:
            ports = self.ports(step)
            environment[f"STEP{step.number:02}_PORT"] = str(ports.http)
            if ports.https:
                environment[f"STEP{step.number:02}_TLS_PORT"] = str(ports.https)
        first = [str(self.scratch / "bin"), os.path.dirname(sys.executable)]
        environment["PATH"] = os.pathsep.join([*first, self.environ.get("PATH", os.defpath)])
        environment["RUN"] = self.run
        environment["PYTHONUNBUFFERED"] = "1"
        return environment
