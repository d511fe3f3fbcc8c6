"""`doctor`: what is missing or in the way, and the one command that mends each.

A plain list of checks stands at the end.
"""

import importlib.metadata
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from launcher import engine, ports, programs
from launcher.certificate import read as read_certificate
from launcher.control import every_control
from launcher.errors import LaunchError
from launcher.settings import Settings
from launcher.steps import choose

OLDEST_PYTHON = (3, 11)
IMAGES_NEED = 2_000_000_000  # bytes: those of all steps, with what building leaves behind
_MARKS = {"ok": "green", "warn": "yellow", "fail": "red"}


@dataclass(frozen=True)
class Finding:
    """One line: `fail` stops the course, `warn` takes something away from it."""

    level: str  # ok, warn, fail
    text: str
    mend: str = ""


def examine(settings: Settings) -> int:
    """Print a line for each finding; 1 if something needed is missing."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    levels = []
    for check in CHECKS:
        for finding in check(settings):
            levels.append(finding.level)
            line = Text(f"{finding.level:<5}", style=_MARKS[finding.level]).append(
                finding.text, style="default"
            )
            console.print(line)
            if finding.mend:
                console.print(Text(f"     → {finding.mend}"))
    return int("fail" in levels)


def python_version(_: Settings) -> Iterator[Finding]:
    """The interpreter is new enough."""
    text = f"Python {platform.python_version()}"
    if sys.version_info >= OLDEST_PYTHON:
        yield Finding("ok", text)
    else:
        yield Finding("fail", f"{text}; 3.11 or newer is needed", "make setup PYTHON=python3.11")


def machine(_: Settings) -> Iterator[Finding]:
    """Which platform this is; WSL is Linux, Windows itself is not enough."""
    text = f"{platform.system()} {platform.machine()}"
    if sys.platform == "win32":
        yield Finding("fail", f"{text} lacks fork and Unix sockets", "wsl --install")
    elif "microsoft" in platform.release().lower():
        yield Finding("ok", f"{text} under WSL")
    else:
        yield Finding("ok", text)


def environment(settings: Settings) -> Iterator[Finding]:
    """The virtual environment holds the locked packages."""
    if sys.prefix == sys.base_prefix:
        yield Finding("fail", f"{sys.executable} is not of a virtual environment", "make setup")
        return
    missing = list(_missing(settings.root / "requirements" / "course.txt"))
    if missing:
        yield Finding("fail", f"not as locked: {', '.join(missing)}", "rm -rf .venv && make setup")
    else:
        yield Finding("ok", "the packages are as locked in requirements/course.txt")


def _missing(lock: Path) -> Iterator[str]:
    # A line of the lock: name==version, perhaps with a marker; one with a marker may rightly be missing.
    for name, version, marker in re.findall(r"^([\w.-]+)==([\w.!+]+)( ;)?", lock.read_text("utf-8"), re.M):
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            if not marker:
                yield f"{name} is missing"
        else:
            if installed != version and not marker:
                yield f"{name} {installed} instead of {version}"


def nginx_and_redis(settings: Settings) -> Iterator[Finding]:
    """The programs that are not Python."""
    for program, steps in ((programs.NGINX, "steps 05–07"), (programs.REDIS, "step 07")):
        try:
            found = programs.find(program, settings.environ)
        except LaunchError as error:
            yield Finding("fail", str(error), f"unset {program.variable}")
            continue
        if found:
            yield Finding("ok", f"{program.name} {found.version} ({found.source}: {found.path})")
        else:
            yield Finding(
                "warn", f"no {program.name}: {steps} are left out", programs.install_command(program)
            )


def curl(settings: Settings) -> Iterator[Finding]:
    """The lessons' own tool."""
    if path := shutil.which("curl", path=settings.environ.get("PATH")):
        yield Finding("ok", f"curl ({path})")
    else:
        yield Finding("fail", "no curl: the lessons use it", _packages("curl"))


def ports_in_use(settings: Settings) -> Iterator[Finding]:
    """The ports of the steps, and who has them."""
    ours = set()
    for control in every_control(settings.root, settings.run):
        if launcher := control.launcher():
            ours |= control.ports()
            yield Finding("ok", f"{control.name} is running (pid {launcher.pid}); stop it with: make down")
    chosen = [settings.ports(step) for step in choose(settings.root, [])]
    wanted = [mine.http for mine in chosen] + [mine.https for mine in chosen if mine.https]
    taken = [port for port in wanted if port not in ours and not ports.is_free(port)]
    for port in taken:
        yield Finding("warn", f"port {port} is in use by {ports.owner(port)}", "stop that program")
    if not taken:
        yield Finding("ok", f"the ports {', '.join(map(str, wanted))} are free, or ours")


def certificate(settings: Settings) -> Iterator[Finding]:
    """The certificate of steps 06 and 07 is good, and for a while."""
    try:
        served = read_certificate(settings)
    except (ImportError, OSError, ValueError) as error:
        yield Finding("warn", f"the site's certificate cannot be read ({error})", "make local-certificate")
        return
    if served is None:
        return  # the first start of step 06 makes one
    if served.is_due():
        yield Finding("warn", served.text(), served.mend())
    else:
        yield Finding("ok", served.text())


def line_endings(settings: Settings) -> Iterator[Finding]:
    """Files that Windows has given CRLF: shells and nginx stumble over them."""
    names = ["Makefile", "*/processes.ini", "*/nginx/*", "*/*.py"]
    files = [path for name in names for path in settings.root.glob(name) if path.is_file()]
    spoilt = [path for path in files if b"\r\n" in path.read_bytes()]
    if spoilt:
        mend = "git config core.autocrlf false && git rm -rq --cached . && git reset --hard"
        yield Finding("fail", f"{len(spoilt)} files end their lines with CRLF, {spoilt[0].name} first", mend)
    else:
        yield Finding("ok", "line endings")


def folders(settings: Settings) -> Iterator[Finding]:
    """The scratch folder is writable, and the project's folder has a name that make can cope with."""
    try:
        settings.scratch.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=settings.scratch).close()
    except OSError as error:
        yield Finding("fail", f"cannot write to {settings.run}/: {error.strerror}", "make up RUN=/tmp/stack")
    else:
        yield Finding("ok", f"{settings.run}/ is writable")


def chromium(settings: Settings) -> Iterator[Finding]:
    """Only the browser tests need it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    place = next((path for name in names if (path := shutil.which(name))), None)
    mac = Path("/Applications/Google Chrome.app")
    if place or mac.exists():
        yield Finding("ok", f"Chromium ({place or mac})")
    else:
        yield Finding("warn", "no Chromium: the browser tests are skipped", _packages("chromium"))


def containers(settings: Settings) -> Iterator[Finding]:
    """Docker, for those who want the steps in containers. Nobody needs it."""
    try:
        found = engine.find(settings.environ)
    except engine.NoEngine as error:
        yield Finding("warn", f"{error.why}: `docker compose` cannot run the steps (optional)", error.mend)
        return
    text = f"Docker {found.version} with Compose {found.compose}"
    free = free_space(found.folder)
    if free is not None and free < IMAGES_NEED:
        text += f" has {free / 1e9:.1f} GB left in {found.folder}; the images need {IMAGES_NEED / 1e9:.0f} GB"
        yield Finding("warn", text, "docker system prune")
    else:
        yield Finding("ok", text)


def free_space(folder: Path) -> int | None:
    """How many bytes are left there; None if the folder is not on this machine, or cannot be seen."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _packages(name: str) -> str:
    for tool, command in (("apt-get", "install"), ("dnf", "install"), ("apk", "add"), ("brew", "install")):
        if shutil.which(tool):
            return f"{'' if tool == 'brew' or os.geteuid() == 0 else 'sudo '}{tool} {command} {name}"
    return f"install {name} with your system's packages"


# One function a concern; to add a check, write one and put it here.
CHECKS: list[Callable[[Settings], Iterator[Finding]]] = [
    python_version,
    machine,
    environment,
    nginx_and_redis,
    curl,
    ports_in_use,
    certificate,
    line_endings,
    folders,
    chromium,
    containers,
]
