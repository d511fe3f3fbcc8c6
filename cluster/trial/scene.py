"""A running cluster under load, on which an event of the trial happens, and what is told of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from checks.target import Address, Target
from cluster import site
from cluster.errors import ClusterError
from cluster.machines import Machines
from cluster.swarm import STORE_NODE, Swarm, wait_until
from trials.load import PATHS, Load
from trials.outcome import Told
from trials.visitors import Orders
from trials.writer import Writer

APP = "step07-app"
PATIENCE = 5.0  # seconds for which a visitor waits for an answer


@dataclass
class Scene(Told):
    """What an event may do, and where it writes what it saw."""

    machines: Machines
    swarm: Swarm
    images: dict[str, str]  # "first", "second" and "broken": the editions of the app
    say: Callable[[str], None]
    load: Load = field(default_factory=Load)
    healed: float = 0.0  # seconds from the event until all was whole again

    @contextmanager
    def marked(self, what: str) -> Iterator[None]:
        """Mark the time of the block; it is over when all is whole again."""
        self.say(what)
        began = time.monotonic()
        yield
        ended = time.monotonic()
        self.spans.append((began, ended, what))
        self.healed = ended - began

    @property
    def nodes(self) -> tuple[int, ...]:
        """Their numbers."""
        return self.machines.place.nodes

    def ordinary_node(self) -> int:
        """One that neither leads nor keeps Redis' data, and has an app."""
        leader = self.swarm.leader()
        return next(number for number in self.nodes if number not in (leader, STORE_NODE))

    def cut_power(self, number: int) -> None:
        """Switch a node off, unless it is, and wait until the swarm has all apps on the others."""
        if self.machines.is_on(number):
            self.machines.power_off(number)
        wait_until(lambda: self._apps_run_without(number), "the other nodes have all apps")

    def _apps_run_without(self, number: int) -> bool:
        with suppress(ClusterError):
            return len(self.apps(number)) >= len(self.nodes)
        return False

    def apps(self, without: int) -> set[str]:
        """The tasks of the app that run on the other nodes."""
        tasks = self.swarm.tasks()
        return {one.id for one in tasks if one.service == APP and one.runs and one.node != f"node{without}"}

    def restore(self) -> None:
        """Every node has power and an app, as in the beginning. For between two events."""
        off = [number for number in self.nodes if not self.machines.is_on(number)]
        for number in off:
            self.machines.power_on(number)
        wait_until(self._all_ready, "all nodes are ready")
        wait_until(self.swarm.is_whole, "all services run", tell=self.swarm.troubles)
        if off or self.swarm.image(APP) != self.images["first"]:
            self.update("first")
        wait_until(lambda: all(site.is_ready(self.swarm.place, n) for n in self.nodes), "all nodes answer")

    def update(self, edition: str) -> str:
        """Roll that edition of the app out; how that ended, in Docker's word."""
        before, _ = self.swarm.update(APP)
        self.swarm.replace(APP, "--image", self.images[edition])
        return self.swarm.wait_for_update(APP, before)

    def _all_ready(self) -> bool:
        with suppress(ClusterError):
            states = self.swarm.ask("node", "ls", "--format", "{{.Status}} {{.ManagerStatus}}").splitlines()
            return all(one.split()[0] == "Ready" and not one.endswith("Unreachable") for one in states)
        return False

    def orders(self, mark: str) -> list[Orders]:
        """A process of visitors for each node: two keep their connection, one makes a new one each time.

        As if a name led to all nodes, and each visitor took another one first: that is what DNS does.
        """
        place = self.swarm.place
        hosts = {number: place.address(number) for number in self.nodes}
        common = {"keeping": 2, "newcomers": 1, "patience": PATIENCE, "mark": mark, "pause": 0.005}
        return [
            Orders(host, site.PORT, True, site.NAME, PATHS, **common, elsewhere=_others(hosts, number))  # type: ignore[arg-type]
            for number, host in hosts.items()
        ]

    def writer(self, number: int) -> Writer:
        """Somebody who signs the guest book all the while, at that node."""
        at = Address(self.swarm.place.address(number), site.PORT, True, site.NAME)
        return Writer(Target("cluster", None, at, site.authority(self.swarm.place)))


def _others(hosts: dict[int, str], number: int) -> tuple[str, ...]:
    return tuple(host for other, host in hosts.items() if other != number)
