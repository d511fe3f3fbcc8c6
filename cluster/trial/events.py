"""What happens to the cluster in the trial, one event after the other."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from cluster import site
from cluster.swarm import STORE_NODE, wait_until
from cluster.trial.scene import APP, Scene
from trials.traffic import BROKEN, CUT, REFUSED, SILENT, Traffic

# What a visitor meets who holds on to a node without power; and whose request another node's nginx had just
# given to an app there.
GONE = frozenset({REFUSED, BROKEN, CUT, SILENT, "status 502", "status 504"})
OFF_SECONDS = 15.0
MARK = "second edition"


@dataclass(frozen=True)
class Event:
    """Something that happens while visitors ask."""

    id: str
    title: str
    about: str
    happen: Callable[[Scene], None]
    allowed: frozenset[str] = frozenset()  # how a first try may fail
    allowed_again: frozenset[str] = frozenset()  # how the second try, at another node, may fail too
    judge: Callable[[Scene, Traffic], None] = lambda scene, traffic: None
    # Where somebody signs the guest book: at a node that keeps its power.
    writer_at: Callable[[Scene], int] = lambda scene: STORE_NODE


def lose_a_node(scene: Scene) -> None:
    """One that is nothing special."""
    number = scene.ordinary_node()
    with scene.marked(f"cut the power of node{number}"):
        scene.cut_power(number)


def lose_the_leader(scene: Scene) -> None:
    """The manager that decides: the others elect another."""
    number = scene.swarm.leader()
    with scene.marked(f"cut the power of the leader, node{number}"):
        began = time.monotonic()
        scene.machines.power_off(number)
        wait_until(lambda: scene.swarm.leader() != number, "another node leads")
        elected = time.monotonic() - began
        scene.cut_power(number)
    scene.facts.append(f"Another leader was elected after {elected:.1f} s.")


def roll_out(scene: Scene) -> None:
    """New code, one app at a time."""
    with scene.marked("roll a new image of the app out"):
        end = scene.update("second")
    scene.expect(end == "completed", f"the update ended with: {end}")


def judge_roll_out(scene: Scene, traffic: Traffic) -> None:
    """Both editions were served."""
    scene.facts.append(f"{traffic.marked:,} answers came from the new code.")
    scene.expect(0 < traffic.marked < traffic.answered, "only one of the two editions was seen")


def roll_out_what_is_broken(scene: Scene) -> None:
    """Its health check never says that it is well."""
    with scene.marked("roll a broken image of the app out"):
        end = scene.update("broken")
    scene.expect(end == "rollback_completed", f"the update ended with: {end}")
    scene.expect(scene.swarm.image(APP) == scene.images["first"], "the old image did not come back")
    scene.facts.append("Swarm went back to the image before by itself.")


def judge_loss(scene: Scene, traffic: Traffic) -> None:
    """At most what was on its way when the power went: one visit of each visitor."""
    underway = sum(one.keeping + one.newcomers for one in scene.orders(""))
    statuses = sum(number for what, number in traffic.failures.items() if what.startswith("status"))
    scene.expect(statuses <= underway, f"{statuses} answers were errors, with {underway} visitors")


def lose_the_store(scene: Scene) -> None:
    """The node with Redis' data; nobody else can take its place, so it must come back."""
    with scene.marked(f"cut the power of node{STORE_NODE}, where Redis' data lie"):
        before = scene.apps(without=STORE_NODE)
        scene.machines.power_off(STORE_NODE)
        time.sleep(OFF_SECONDS)
        scene.machines.power_on(STORE_NODE)
        began = time.monotonic()
        living = [number for number in scene.nodes if number != STORE_NODE]
        wait_until(lambda: all(site.is_ready(scene.swarm.place, n) for n in living), "Redis answers again")
        scene.facts.append(f"{time.monotonic() - began:.0f} s after it had power again, Redis answered.")
        scene.expect(before <= scene.apps(without=STORE_NODE), "an app was replaced because Redis was away")


EVENTS = (
    Event(
        "leader-lost",
        "Loss of the leader",
        "The node that leads the swarm loses its power, with its nginx and its apps. The other two are a "
        "majority, and elect one of them.",
        lose_the_leader,
        allowed=GONE,
        judge=judge_loss,
    ),
    Event(
        "node-lost",
        "Loss of a node",
        "A node that does not lead and has no data loses its power.",
        lose_a_node,
        allowed=GONE,
        judge=judge_loss,
    ),
    Event(
        "rolling-update",
        "Rolling update",
        "A new image of the app: for each of the three, a new one starts and must be healthy before the old "
        "one goes.",
        roll_out,
        judge=judge_roll_out,
    ),
    Event(
        "bad-update",
        "Bad update",
        "An image whose app starts, and answers everything with an error. Its health check fails, so no old "
        "app goes, and Swarm takes the update back.",
        roll_out_what_is_broken,
    ),
    Event(
        "store-lost",
        "Loss of the node with Redis' data",
        f"That node loses its power for {OFF_SECONDS:.0f} seconds. Pages that need Redis say 503 with "
        "Retry-After; the others go on.",
        lose_the_store,
        allowed=GONE | {"status 503"},
        allowed_again=frozenset({"status 503"}),
        writer_at=lambda scene: next(number for number in scene.nodes if number != STORE_NODE),
    ),
)
