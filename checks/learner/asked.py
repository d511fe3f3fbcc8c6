"""What a person asked `make check` for. Whatever cannot be is refused in a line, before anything starts."""

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from checks.claim import Check, Verdict
from checks.command import CommandPowers, Misused, command_target
from checks.expectations import Expectations
from checks.learner.addresses import authority_file, reached, target_of
from checks.target import Target


@dataclass(frozen=True)
class Asked:
    """A step, a server (`target` if it runs already, else a command), and where the results go."""

    step: int
    target: Target | None
    command: str
    authority: Path | None
    folder: Path  # where we keep what we remember
    junit: Path | None

    @property
    def name(self) -> str:
        """Whom we ask."""
        return self.target.name if self.target else self.command

    @property
    def output(self) -> Path | None:
        """Where the command's own output goes."""
        return None if self.target else self.folder / f"step{self.step:02}-server.log"

    @contextmanager
    def server(self) -> Iterator[Target]:
        """The server: reached, or started and stopped."""
        if self.output is None:
            assert self.target is not None
            yield reached(self.target)
            return
        self.output.parent.mkdir(parents=True, exist_ok=True)
        self.output.write_bytes(b"")
        with command_target(self.command, self.output) as target:
            yield replace(target, authority=self.authority)


def read(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Asked:
    """Judge the arguments; Misused says what is wrong with them."""
    step = step_number(arguments.step)
    if bool(arguments.cmd) == bool(arguments.url):
        raise Misused(f"give URL= or CMD=, {'not both' if arguments.url else 'one of them'}")
    folder = Path(environ.get("RUN") or "run").absolute() / "checks"
    junit = junit_file(arguments.junit) if arguments.junit else None
    if arguments.url:
        target = target_of(arguments.url, arguments.http_url, arguments.authority)
        return Asked(step, target, "", target.authority, folder, junit)
    if arguments.http_url:
        raise Misused("HTTP_URL= goes with URL=; in CMD= write {port} for http and {tls_port} for https")
    if arguments.authority and "{tls_port}" not in arguments.cmd:
        raise Misused(
            "AUTHORITY= is for certificates: write {tls_port} in CMD= where it takes the https port"
        )
    CommandPowers(arguments.cmd, 0)  # can it be read?
    authority = authority_file(arguments.authority) if arguments.authority else None
    return Asked(step, None, arguments.cmd, authority, folder, junit)


def step_number(text: str) -> int:
    """02 of "02", "2" or "step02"."""
    digits = text.lower().removeprefix("step").lstrip("0")
    if digits not in tuple("1234567"):
        raise Misused(f"STEP={text}: the steps are 01 to 07, so STEP=02, say")
    return int(digits)


def junit_file(name: str) -> Path:
    """A file that can be written; its folder is there."""
    path = Path(name).absolute()
    if path.is_dir():
        raise Misused(f"JUNIT={name} is a folder; name a file: JUNIT={name.rstrip('/')}/checks.xml")
    if not path.parent.is_dir():
        raise Misused(f"JUNIT={name}: there is no folder {path.parent}")
    return path


def chosen(wanted: list[Check], step: int, expected: Expectations) -> tuple[list[Check], list[str]]:
    """Which checks to ask, and the names of those not to ask.

    What the course's own step does not keep, for a reason that `expected.toml` gives, is asked of no learner.
    """
    kept = [check for check in wanted if expected.cell(check.id, step) is Verdict.KEPT]
    return kept, [check.id for check in wanted if check not in kept]
