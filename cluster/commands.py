"""The commands: up, kill, start, roll, down, stack. Each says what it does; the Makefile calls them."""

import json
import sys
import time
from contextlib import suppress

from rich.console import Console

from cluster import images, needs, site, stackfile, up
from cluster.errors import ClusterError
from cluster.machines import Machines, clear, cut_power
from cluster.place import Place
from cluster.swarm import STORE_NODE, Swarm, wait_until
from launcher.interruption import interruptible, undisturbed

APP = "step07-app"
SCREEN = Console(highlight=False, soft_wrap=True)


def say(words: str) -> None:
    """One line, to the person at the terminal."""
    SCREEN.print(words, markup=False)


def start_cluster(place: Place) -> None:
    """`up`: start everything, tell what happens, and clear up at Ctrl-C."""
    needs.check(place)
    if place.folder.exists():
        raise ClusterError(
            f"{place.folder} exists: a cluster runs, or ended badly. make cluster-down ends it"
        )
    machines = Machines(place)
    try:
        with interruptible():
            began = time.monotonic()
            swarm = up.start(machines, say)
            say(f"ready after {time.monotonic() - began:.0f} seconds\n")
            say(welcome(place))
            watch(machines, swarm)
    finally:
        with undisturbed():
            say("switching everything off")
            machines.close()
            images.forget(place.name)


def welcome(place: Place) -> str:
    """Where the site is, and what to do with it."""
    at, port = place.address(place.nodes[0]), site.PORT
    nodes = "\n".join(f"  node{n}: https://{place.address(n)}:{port}/" for n in place.nodes)
    return f"""The site is at {site.NAME}, port {port}, of each node (Redis' data lie on node{STORE_NODE}):
{nodes}
  curl --cacert {site.authority(place)} --resolve {site.NAME}:{port}:{at} https://{site.NAME}:{port}/whoami
In another terminal: make cluster-kill NODE=2 · make cluster-start NODE=2 · make cluster-roll
  docker --host {place.socket(1)} node ls
Ctrl-C here, or make cluster-down anywhere, ends it.
"""


def watch(machines: Machines, swarm: Swarm) -> None:
    """Tell whatever changes, and give a node power again that was asked for; until all is switched off."""
    told = ""
    while machines.place.folder.exists():
        for number in machines.place.nodes:
            wish = machines.place.node(number) / "power-on"
            if wish.exists() and not machines.is_on(number):
                wish.unlink()
                machines.power_on(number)
        if (now := state(machines, swarm)) != told:
            say(f"{time.strftime('%H:%M:%S')}  {now}")
            told = now
        time.sleep(1)


def state(machines: Machines, swarm: Swarm) -> str:
    """One line: the nodes, and how much runs of what should run."""
    nodes = [f"node{n} {'on' if machines.is_on(n) else 'OFF'}" for n in machines.place.nodes]
    try:
        found = swarm.wanted()
        counts = [f"{stackfile.role(name)} {have}/{want}" for name, (have, want) in found.items()]
    except ClusterError:
        counts = ["no majority of managers answers"]
    return " · ".join([*nodes, *sorted(counts)])


def kill(place: Place, number: int) -> None:
    """`kill`: cut the power of a node."""
    _check_runs(place)
    if not cut_power(place, number):
        raise ClusterError(f"node{number} has no power already: make cluster-start NODE={number}")
    say(
        f"node{number} is off. The swarm notices within 20 seconds; make cluster-start NODE={number} mends it"
    )


def start_node(place: Place, number: int) -> None:
    """`start`: give a node its power back. Its engine is a child of `up`, so that is asked to do it."""
    _check_runs(place)
    process = place.node(number) / "process"
    before = process.read_text(encoding="ascii")
    (place.node(number) / "power-on").touch()
    what = f"node{number} has power (is it off, and does `make cluster-up` still run?)"
    wait_until(lambda: process.read_text(encoding="ascii") != before, what, 10)
    say(f"node{number} is on again. What has moved away stays where it is until make cluster-roll")


def roll(place: Place) -> None:
    """`roll`: build the sources as they are now, and replace the running apps one by one."""
    _check_runs(place)
    swarm, began = Swarm(place), time.monotonic()
    values = up.stack_values(place)
    living = [number for number in place.nodes if up.engine_answers(place, number)]
    say(f"bringing the images to {', '.join(f'node{n}' for n in living)}")
    images.ship(place, [one["image"] for one in values["services"].values()], living)
    say("replacing the apps one by one: a new one must be healthy before an old one goes")
    before, _ = swarm.update(APP)
    same = swarm.image(APP) == values["services"][APP]["image"]
    up.deploy(swarm, values)
    if same:
        say("(the image is the same as before; they are replaced all the same)")
        swarm.replace(APP)
    if (end := swarm.wait_for_update(APP, before)) != "completed":
        raise ClusterError(f"{APP}: {end.replace('_', ' ')}. {swarm.troubles()}")
    say(f"done after {time.monotonic() - began:.0f} seconds")


def down(place: Place) -> None:
    """`down`: off with everything, from any terminal, however it was left."""
    found = place.folder.exists()
    clear(place)
    with suppress(ClusterError):
        images.forget(place.name)
    say("everything is off, and nothing is left" if found else "there is no cluster")


def show_stack(place: Place) -> None:
    """`stack`: the stack file, for a swarm of yours; what it leaves out goes to standard error."""
    config = up.compose_config("latest")
    values = stackfile.stack(config, str(place.folder.absolute() / "prepared"), lambda _: "0" * 12)
    json.dump(values, sys.stdout, indent=2)
    print()
    for word, why in stackfile.notes(config).items():
        print(f"left out: {word}: {why}", file=sys.stderr)


def _check_runs(place: Place) -> None:
    if not place.folder.exists():
        raise ClusterError("there is no cluster: make cluster-up starts one")
