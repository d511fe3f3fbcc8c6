"""The nodes as machines: power on, power off, and nothing left behind. What runs on them is not known here.

A node is a process in namespaces of its own (node.sh), the network between them a bridge in another
(switch.sh). So the kernel itself clears up: with its first process a node loses all others, its mounts and
its network. What is left then is a folder and empty control groups.
"""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from cluster.errors import ClusterError
from cluster.place import PROJECT, Place

HERE = Path(__file__).resolve().parent
UNSHARE = ("unshare", "--fork", "--kill-child", "--net")
OF_A_NODE = ("--pid", "--mount-proc", "--mount", "--uts", "--ipc")
CGROUPS = Path("/sys/fs/cgroup")


class Machines:
    """The switch and the nodes that this process has started; they end when it does."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._switch: subprocess.Popen[bytes] | None = None
        self._nodes: dict[int, subprocess.Popen[bytes]] = {}

    def switch_on(self) -> None:
        """The network, and this machine's own cable to it."""
        self._switch = _start(["sh", str(HERE / "switch.sh")], PROJECT, stdout=subprocess.PIPE)
        assert self._switch.stdout
        if self._switch.stdout.readline() != b"ready\n":
            raise ClusterError("the network of the nodes cannot be made: see what `ip` says above")
        cable = self.place.cable
        _ip("link", "add", cable, "type", "veth", "peer", "name", "host", "netns", str(self._switch.pid))
        self._plug_in("host")
        _ip("address", "add", f"{self.place.visitor}/24", "dev", cable)
        _ip("link", "set", cable, "up")

    def power_on(self, number: int) -> None:
        """Start a node, with whatever it has on its disk."""
        place, folder = self.place, self.place.node(number)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "docker.sock").unlink(missing_ok=True)
        script = ["sh", str(HERE / "node.sh"), f"node{number}", place.cgroup(number)]
        with (folder / "engine.log").open("ab") as log:
            node = _start([*OF_A_NODE, *script, f"{place.address(number)}/24"], folder, stderr=log)
        self._nodes[number] = node
        (folder / "process").write_text(str(_first_process(node.pid)), encoding="ascii")
        port = f"node{number}"
        with suppress(
            ClusterError
        ):  # the old cable; after a power cut the kernel may take a moment to remove it
            self._in_switch("link", "delete", port)
        # A cable with one end in the node, and one in the switch.
        self._in_switch("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(node.pid))
        self._plug_in(port)

    def is_on(self, number: int) -> bool:
        """Whether the node has power."""
        return number in self._nodes and self._nodes[number].poll() is None

    def power_off(self, number: int) -> None:
        """As if its cable were pulled; returns when nothing of it runs."""
        cut_power(self.place, number)
        self._nodes.pop(number).communicate()

    def close(self) -> None:
        """Everything off, and nothing left."""
        for number in list(self._nodes):
            self.power_off(number)
        if self._switch:
            self._switch.communicate()  # its input ends, and so does it
            self._switch = None
        clear(self.place)

    def _in_switch(self, *words: str) -> None:
        assert self._switch
        _ip(*words, before=("nsenter", "--net", "--target", str(self._switch.pid)))

    def _plug_in(self, port: str) -> None:
        self._in_switch("link", "set", port, "master", "switch", "up")


def cut_power(place: Place, number: int) -> bool:
    """Kill the first process of a node, whoever started it, and wait for its end; whether it had power."""
    try:
        first = int((place.node(number) / "process").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return False
    if place.cgroup(number) not in _command(first):  # the number may be another process' by now
        return False
    with suppress(ProcessLookupError):
        os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while _command(first) and time.monotonic() < deadline:
        time.sleep(0.02)
    return True


def clear(place: Place) -> None:
    """Remove what the kernel leaves: the disks of the nodes, and their control groups."""
    for number in place.nodes:
        cut_power(place, number)
        for group in [CGROUPS / place.cgroup(number), *CGROUPS.glob(f"*/{place.cgroup(number)}")]:
            for folder, _, _ in os.walk(group, topdown=False):
                with suppress(OSError):
                    os.rmdir(folder)
    shutil.rmtree(place.folder, ignore_errors=True)


def _start(words: list[str], folder: Path, **streams: Any) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C is for the command alone, which then switches everything off in order.
    command = [*UNSHARE, *words]
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, start_new_session=True, **streams)


def _first_process(parent: int) -> int:
    """The process that `unshare` has forked."""
    deadline = time.monotonic() + 10
    with suppress(psutil.NoSuchProcess):
        while time.monotonic() < deadline:
            if children := psutil.Process(parent).children():
                return children[0].pid
            time.sleep(0.01)
    raise ClusterError("a node did not start: may this user make namespaces? (in a container: --privileged)")


def _command(process: int) -> list[str]:
    """The words with which it was started; none when it is dead."""
    with suppress(OSError):
        return [
            word for word in Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8").split("\0") if word
        ]
    return []


def _ip(*words: str, before: tuple[str, ...] = ()) -> None:
    done = subprocess.run([*before, "ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"ip {' '.join(words)}: {done.stderr.strip()}")
