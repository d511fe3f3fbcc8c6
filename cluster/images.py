"""Images on their way from this machine's engine to the nodes: saved once, loaded by each.

No registry is needed. Real machines pull from one instead; an image's name says which.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from cluster.docker import docker
from cluster.errors import ClusterError
from cluster.place import Place

SECONDS = 600.0


def build(profile: str, tag: str) -> None:
    """What the Compose file builds for these services, under a tag of our own."""
    _visibly("docker", "compose", "--profile", profile, "build", COURSE_TAG=tag)


def fetch(images: Iterable[str]) -> None:
    """Pull those that this machine's engine has not got."""
    for image in images:
        if not exists(image):
            _visibly("docker", "pull", image)


def derive(image: str, dockerfile: Path, **arguments: str) -> str:
    """An image made of that one; the name of the new one."""
    name = image.replace(":", f"-{dockerfile.stem}:")
    words = [word for pair in arguments.items() for word in ("--build-arg", "=".join(pair))]
    words += ["--build-arg", f"IMAGE={image}", "--tag", name, "--file", str(dockerfile)]
    docker("build", "--quiet", *words, str(dockerfile.parent), seconds=SECONDS)
    return name


def name_by_content(image: str) -> str:
    """The same image under a name that changes with its content: by the name a swarm sees that it is new."""
    number = docker("image", "inspect", "--format", "{{.Id}}", image).removeprefix("sha256:")[:12]
    docker("tag", image, f"{image}-{number}")
    return f"{image}-{number}"


def exists(image: str) -> bool:
    """Whether this machine's engine has it."""
    return bool(docker("images", "--quiet", image))


def forget(tag: str) -> None:
    """Take away from this machine's engine what was built under tags that begin so."""
    names = docker("images", "--format", "{{.Repository}}:{{.Tag}}", f"--filter=reference=*/*:{tag}*").split()
    if names:
        docker("rmi", "--no-prune", *names)


def ship(place: Place, images: Sequence[str], numbers: Iterable[int]) -> None:
    """Load these images into the engines of those nodes, all at once."""
    place.folder.mkdir(parents=True, exist_ok=True)
    archive = place.folder / "images.tar"
    docker("save", "--output", str(archive), *sorted(set(images)), seconds=SECONDS)
    try:
        with ExitStack() as opened:
            loading = [_load(place, number, archive, opened) for number in numbers]
            failed = [process for process in loading if process.wait(SECONDS)]
    finally:
        archive.unlink()
    if failed:
        raise ClusterError("a node could not load the images: see what docker says above; is the disk full?")


def _load(place: Place, number: int, archive: Path, opened: ExitStack) -> subprocess.Popen[bytes]:
    command = ["docker", "--host", place.socket(number), "load", "--quiet", "--input", str(archive)]
    return opened.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))


def free_gigabytes(folder: Path) -> float:
    """What the disk below that folder still takes."""
    while not folder.exists():
        folder = folder.absolute().parent
    return shutil.disk_usage(folder).free / 1e9


def _visibly(*command: str, **settings: str) -> None:
    """It may take minutes: the person at the terminal sees what it writes."""
    if subprocess.run(command, stdout=sys.stderr, env={**os.environ, **settings}, check=False).returncode:
        raise ClusterError(f"`{' '.join(command)}` failed: see above")
