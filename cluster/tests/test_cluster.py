"""A real cluster, small: one of three nodes loses its power under visitors, and nothing is left behind."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from cluster import images, needs, site, up
from cluster.machines import CGROUPS, Machines
from cluster.place import PROJECT, Place
from cluster.swarm import wait_until
from cluster.trial.scene import Scene
from trials.load import load


@pytest.fixture
def place() -> Iterator[Place]:
    number = os.getpid() % 200 + 20
    with tempfile.TemporaryDirectory(prefix="cluster-", dir="/tmp") as folder:
        made = Place(folder=Path(folder) / "cluster", name=f"t{os.getpid()}", subnet=f"198.18.{number}")
        if why := next(needs.missing(made), ""):
            pytest.skip(why)
        yield made


def left(place: Place) -> list[str]:
    """Processes, interfaces, mounts, folders and control groups of that cluster on this machine."""
    found = [
        f"process {one.pid}"
        for one in psutil.process_iter(["cmdline"])
        if _is_of(place, list(one.info["cmdline"] or []))
    ]
    found += [name for name in psutil.net_if_addrs() if name.startswith(place.name)]
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    found += [line for line in mounts if str(place.folder) in line]
    found += [str(path) for path in (place.folder, *CGROUPS.glob(f"*/{place.name}-*")) if path.exists()]
    return found


def _is_of(place: Place, words: list[str]) -> bool:
    return any(str(place.folder) in word or place.cgroup(1)[:-1] in word for word in words)


@pytest.mark.timeout(240)
def test_visitors_outlive_the_loss_of_a_node_and_nothing_outlives_the_cluster(place: Place) -> None:
    machines = Machines(place)
    try:
        swarm = up.start(machines, print)
        assert left(place), "the count of what is left would find nothing"
        scene = Scene(machines, swarm, {}, print)
        number = scene.ordinary_node()
        orders = [one for one in scene.orders("") if one.host != place.address(number)]
        calm = [replace(one, pause=0.1) for one in orders]  # below the limit of one address
        with load(*calm) as visitors:
            wait_until(lambda: visitors.sent > 5, "visitors are answered", 20)
            machines.power_off(number)
            wait_until(lambda: len(scene.apps(without=number)) >= 3, "the other nodes have all apps")
            met = visitors.so_far()
        assert met.sent > 50
        # What was on its way to an app of that node when the power went: one visit of each visitor at most.
        assert met.failed <= sum(one.keeping + one.newcomers for one in calm), met.failures
        assert all(site.is_ready(place, other) for other in place.nodes if other != number)
    finally:
        machines.close()
        images.forget(place.name)
    assert left(place) == []


def test_without_a_cluster_each_command_says_so_in_one_line(tmp_path: Path) -> None:
    for words in (["kill", "--node", "2"], ["start", "--node", "2"], ["roll"]):
        command = [sys.executable, "-m", "cluster", *words]
        settings = {**os.environ, "RUN": str(tmp_path)}
        done = subprocess.run(command, cwd=PROJECT, env=settings, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "there is no cluster: make cluster-up starts one\n"


def test_a_node_that_there_is_not_is_a_wrong_word() -> None:
    command = [sys.executable, "-m", "cluster", "kill", "--node", "7"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "NODE=1" in done.stderr
