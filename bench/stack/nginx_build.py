"""Which nginx is measured: the wheel's is built for size, so another build is taken where there is one.

In this order: the one that NGINX names; the official image's own program, taken out of the image with the
libraries that it was linked against (Linux with Docker); the system's, if it is new enough; the wheel's, and
then the report says so.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LaunchError
from launcher.programs import NGINX, find

IMAGE = "nginx:1.30"
PATIENCE = 180.0  # an image may have to be fetched


@dataclass(frozen=True)
class Build:
    """The nginx that is measured, and what a reader must know of it."""

    path: str
    says: str
    quotable: bool = True  # whether its speed may be called nginx's speed


def choose(environ: Mapping[str, str], folder: Path) -> Build:
    """Find the build to measure; `folder` is where a program taken from the image may lie."""
    if environ.get(NGINX.variable):
        found = find(NGINX, environ)
        return Build(found.path, f"nginx {found.version}, the one that NGINX names") if found else _none()
    if sys.platform == "linux" and shutil.which("docker", path=environ.get("PATH")):
        try:
            return from_image(folder)
        except (OSError, subprocess.SubprocessError, LaunchError):
            pass  # no Docker that answers, or no image to be had: there are other ways
    if systems := _system(environ):
        return systems
    if not (wheels := find(NGINX, environ)):
        return _none()
    return Build(wheels.path, f"nginx {wheels.version} of the Python package, built for size", quotable=False)


def from_image(folder: Path) -> Build:
    """Take nginx out of the official image; it runs here with the image's own libraries."""
    program = folder / "nginx"
    if not program.exists():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "image").mkdir(parents=True)
        _copy_out(folder / "image")
        loader = next((folder / "image").glob("ld-*.so*"))
        words = f'exec "{loader}" --library-path "{loader.parent}" "{loader.parent}/nginx" "$@"'
        program.write_text(f"#!/bin/sh\n{words}\n", encoding="utf-8")
        program.chmod(0o755)
    found = find(NGINX, {"NGINX": str(program), "PATH": os.defpath})
    assert found
    return Build(found.path, f"nginx {found.version} of the image {IMAGE}, run without a container")


def _copy_out(folder: Path) -> None:
    linked = _docker("run", "--rm", "--entrypoint", "ldd", IMAGE, "/usr/sbin/nginx")
    container = _docker("create", IMAGE).strip()
    try:
        for path in ["/usr/sbin/nginx", *re.findall(r"(/\S+) \(0x", linked)]:
            _docker("cp", "-L", f"{container}:{path}", str(folder))
    finally:
        _docker("rm", container)


def _docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=True, timeout=PATIENCE)
    return done.stdout


def _system(environ: Mapping[str, str]) -> Build | None:
    path = shutil.which("nginx", path=environ.get("PATH"))
    if not path or Path(path).is_relative_to(sys.prefix):
        return None
    try:
        found = find(NGINX, {**environ, "NGINX": path})
    except LaunchError:  # too old, mostly
        return None
    return Build(found.path, f"nginx {found.version}, the system's") if found else None


def _none() -> Build:
    raise LaunchError("no nginx here; see what is missing: make doctor")
