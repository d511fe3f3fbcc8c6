"""The nodes as a swarm: form it, deploy a stack to it, look at it."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cluster.docker import docker
from cluster.errors import ClusterError
from cluster.place import Place
from cluster.placement import STORE

STACK = "site"
STORE_NODE = 3  # Redis' data lie on its disk
PATIENCE = 180.0


@dataclass(frozen=True)
class Task:
    """One container that the swarm wants, as it is just now."""

    id: str
    service: str
    node: str
    state: str  # Running, Starting, Failed …: Docker's words
    image: str

    @property
    def runs(self) -> bool:
        """Whether it runs, and its health check says so too: before that Swarm calls it Starting."""
        return self.state == "Running"


class Swarm:
    """The swarm of the nodes of a place. Any manager that answers is asked."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def form(self) -> None:
        """All nodes become managers: three can lose one and still decide by majority."""
        first, *others = self.place.nodes
        self._on(first, "swarm", "init", "--advertise-addr", self.place.address(first))
        token = self._on(first, "swarm", "join-token", "--quiet", "manager")
        for number in others:
            self._on(number, "swarm", "join", "--token", token, f"{self.place.address(first)}:2377")
        self._on(first, "node", "update", "--label-add", f"{STORE}=true", f"node{STORE_NODE}")

    def deploy(self, stack: Path) -> None:
        """Bring the swarm to what the file says. No registry is asked: the images are on the nodes."""
        self.ask("stack", "deploy", "--resolve-image", "never", "--compose-file", str(stack), STACK)

    def ask(self, *words: str, seconds: float = 20.0) -> str:
        """What the first manager says that answers."""
        last = ClusterError("no node answers: is the cluster up? `make cluster-up` starts it")
        for number in self.place.nodes:
            if not (self.place.node(number) / "docker.sock").exists():
                continue
            try:
                return self._on(number, *words, seconds=seconds)
            except ClusterError as error:
                last = error
        raise last

    def leader(self) -> int:
        """The number of the node that leads, as soon as there is one."""
        found: list[int] = []

        def look() -> bool:
            with suppress(ClusterError):
                for line in self.ask(
                    "node", "ls", "--format", "{{.Hostname}} {{.ManagerStatus}}"
                ).splitlines():
                    if line.endswith(" Leader"):
                        found.append(int(line.split()[0].removeprefix("node")))
            return bool(found)

        wait_until(look, "the swarm has a leader")
        return found[-1]

    def tasks(self) -> list[Task]:
        """What the swarm wants to run now, and how far it is."""
        form = "{{.ID}}\t{{.Name}}\t{{.Node}}\t{{.CurrentState}}\t{{.Image}}"
        words = ("stack", "ps", "--no-trunc", "--filter", "desired-state=running", "--format", form, STACK)
        lines = [line.split("\t") for line in self.ask(*words).splitlines()]
        return [
            Task(id, name.removeprefix(f"{STACK}_").partition(".")[0], node, state.split()[0], image)
            for id, name, node, state, image in lines
        ]

    def wanted(self) -> dict[str, tuple[int, int]]:
        """For each service how many tasks run, and how many there should be."""
        lines = self.ask("stack", "services", "--format", "{{.Name}} {{.Replicas}}", STACK).splitlines()
        found = {}
        for line in lines:
            name, counts, *_ = line.split()
            have, want = counts.split("/")
            found[name.removeprefix(f"{STACK}_")] = (int(have), int(want))
        return found

    def is_whole(self) -> bool:
        """Whether every service has its tasks, all healthy; those of a lost node may count for a while."""
        with suppress(ClusterError):
            wanted = self.wanted()
            return bool(wanted) and all(have >= want > 0 for have, want in wanted.values())
        return False

    def troubles(self) -> str:
        """What tasks have ended with, in Docker's words."""
        with suppress(ClusterError):
            form = "{{.Name}} on {{.Node}}: {{.CurrentState}} {{.Error}}"
            lines = self.ask("stack", "ps", "--no-trunc", "--format", form, STACK).splitlines()
            return "; ".join([line for line in lines if ": Running" not in line][:3])
        return ""

    def update(self, service: str) -> tuple[str, str]:
        """The last update of a service: when it began, and how it stands (updating, completed …)."""
        form = "{{if .UpdateStatus}}{{.UpdateStatus.StartedAt}}|{{.UpdateStatus.State}}{{else}}|{{end}}"
        began, _, state = self.ask("service", "inspect", "--format", form, f"{STACK}_{service}").partition(
            "|"
        )
        return began, state

    def replace(self, service: str, *words: str) -> None:
        """New tasks in place of the old, one by one; with words such as `--image …` also other ones."""
        self.ask(
            "service", "update", "--detach", "--no-resolve-image", "--force", *words, f"{STACK}_{service}"
        )

    def wait_for_update(self, service: str, after: str) -> str:
        """Until the update after that one is over; how it ended: completed, rollback_completed …"""
        last: list[str] = []

        def is_over() -> bool:
            with suppress(ClusterError):
                began, state = self.update(service)
                if began != after and state not in ("updating", "rollback_started"):
                    last.append(state)
            return bool(last)

        wait_until(is_over, f"the update of {service} ends", 300, self.troubles)
        return last[0]

    def image(self, service: str) -> str:
        """The image that a service is to have."""
        form = "{{.Spec.TaskTemplate.ContainerSpec.Image}}"
        return self.ask("service", "inspect", "--format", form, f"{STACK}_{service}")

    def _on(self, number: int, *words: str, seconds: float = 60.0) -> str:
        return docker(*words, host=self.place.socket(number), seconds=seconds)


def wait_until(
    holds: Callable[[], bool], what: str, patience: float = PATIENCE, tell: Callable[[], str] = str
) -> float:
    """Look until it holds; for how many seconds that took. `tell` says why it does not."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > patience:
            raise ClusterError(
                f"in {patience:.0f} seconds it did not come true that {what}. {tell()}".strip()
            )
        time.sleep(0.25)
    return time.monotonic() - began
