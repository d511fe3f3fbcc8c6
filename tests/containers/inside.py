"""What can be learnt of a running container: by the engine, by the kernel, and by trying."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.containers import Project, main_process

Container = Mapping[str, Any]


def kernel(container: Container) -> dict[str, str]:
    """What the kernel says of the container's program (not of Docker's init): its user, its rights."""
    told = Path(f"/proc/{main_process(container['State']['Pid'])}/status").read_text(encoding="utf-8")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in told.splitlines())}


def mounts(container: Container) -> dict[str, set[str]]:
    """Its mounted file systems: the place, and the options."""
    lines = Path(f"/proc/{container['State']['Pid']}/mountinfo").read_text(encoding="utf-8").splitlines()
    return {line.split()[4]: set(line.split()[5].split(",")) for line in lines}


def try_inside(project: Project, name: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Let a command run in the container as its user; whether it may is the question."""
    return subprocess.run(
        ["docker", "exec", f"{project.name}-{name}", *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def can_connect(project: Project, name: str, host: str, port: int) -> bool:
    """Whether a TCP connection can be made from within a container that has Python."""
    program = f"import socket; socket.create_connection(({host!r}, {port}), timeout=2)"
    return try_inside(project, name, "python3", "-c", program).returncode == 0
