"""Where a cluster lies: its folder, the names and the addresses of its nodes."""

import os
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Place:
    """One cluster. Two with different names and subnets can run side by side."""

    folder: Path = field(default_factory=lambda: Path(os.environ.get("RUN") or "run") / "cluster")
    name: str = "stack"
    # 198.18.0.0/15 is set apart for trials of networks (RFC 2544): no real one has it.
    subnet: str = "198.18.7"
    nodes: tuple[int, ...] = (1, 2, 3)

    def address(self, number: int) -> str:
        """Of a node."""
        return f"{self.subnet}.{number}"

    @property
    def visitor(self) -> str:
        """Where visitors come from: the address of the machine itself on the switch."""
        return f"{self.subnet}.254"

    def node(self, number: int) -> Path:
        """The folder with all that a node keeps on its disk."""
        return self.folder / f"node{number}"

    def socket(self, number: int) -> str:
        """Its engine, as `docker --host` wants it. A relative path: a socket's name has at most 107 bytes."""
        return f"unix://{os.path.relpath(self.node(number) / 'docker.sock')}"

    def cgroup(self, number: int) -> str:
        """The control group of all of its containers."""
        return f"{self.name}-node{number}"

    @property
    def cable(self) -> str:
        """The network interface of the machine itself towards the switch; at most 15 characters."""
        return f"{self.name}-switch"
