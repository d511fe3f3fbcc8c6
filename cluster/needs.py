"""What a cluster on this machine needs, and the command that mends what is missing."""

import os
import shutil
import sys
from collections.abc import Iterator

from cluster.docker import docker
from cluster.errors import ClusterError
from cluster.images import free_gigabytes
from cluster.place import Place

PROGRAMS = {
    "docker": "install Docker Engine: https://docs.docker.com/engine/install/",
    "dockerd": "install Docker Engine (Docker Desktop has no dockerd of its own): https://docs.docker.com/engine/install/",
    "unshare": "apt-get install util-linux",
    "nsenter": "apt-get install util-linux",
    "ip": "apt-get install iproute2",
    "iptables": "apt-get install iptables",
}
GIGABYTES = 4.0  # three engines, each with the three images


def missing(place: Place) -> Iterator[str]:
    """A line for what is missing, with its mend; the gravest first, and after it no more."""
    if not sys.platform.startswith("linux"):
        yield "the nodes are made of Linux namespaces: run this in a Linux machine or virtual machine"
        return
    if os.geteuid() != 0:
        yield "only root may make namespaces and start engines: sudo make cluster-up"
        return
    for program, mend in PROGRAMS.items():
        if not shutil.which(program):
            yield f"{program} is missing: {mend}"
            return
    for words, what in ((("version",), "no Docker engine runs: sudo systemctl start docker"), _COMPOSE):
        try:
            docker(*words, seconds=20)
        except ClusterError:
            yield what
            return
    if (free := free_gigabytes(place.folder)) < GIGABYTES:
        yield f"the disk of {place.folder} has {free:.1f} GB free, not {GIGABYTES:.0f}: docker system prune"


_COMPOSE = (
    ("compose", "version"),
    "Docker Compose v2 is missing: https://docs.docker.com/compose/install/linux/",
)


def check(place: Place) -> None:
    """ClusterError with the first thing that is missing."""
    for line in missing(place):
        raise ClusterError(line)
