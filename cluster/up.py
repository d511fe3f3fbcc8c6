"""`make cluster-up`: images, nodes, swarm, stack; then watch until Ctrl-C, and leave nothing behind."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cluster import images, site, stackfile
from cluster.docker import docker
from cluster.errors import ClusterError
from cluster.machines import Machines
from cluster.place import PROJECT, Place
from cluster.swarm import Swarm, wait_until

PROFILE = "step07"
Say = Callable[[str], None]
Values = dict[str, Any]


def compose_config(tag: str) -> dict[str, Any]:
    """What Compose makes of the project's file, with images under that tag."""
    words = ("compose", "--profile", PROFILE, "config", "--format", "json")
    config: dict[str, Any] = json.loads(docker(*words, COURSE_TAG=tag))
    return config


def prepare(folder: Path) -> None:
    """Keys and certificate, by the command that also makes them natively."""
    settings = {**os.environ, "RUN": os.path.relpath(folder, PROJECT)}
    command = [sys.executable, "-m", "step07_load_balancing.prepare", "keys"]
    done = subprocess.run(command, cwd=PROJECT, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(done.stderr.strip() or "the keys could not be made")


def digest(path: str) -> str:
    """A file's content in twelve hexadecimal digits."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def start(machines: Machines, say: Say, change: Callable[[Values], None] = lambda values: None) -> Swarm:
    """From nothing to a site that answers on every node; `change` may still change the stack file."""
    place = machines.place
    say("building the images")
    values = stack_values(place)
    change(values)
    say(f"starting {len(place.nodes)} nodes, each with an engine of its own")
    power_on_all(machines)
    swarm = Swarm(place)
    swarm.form()
    say("bringing the images to the nodes")
    images.ship(place, [one["image"] for one in values["services"].values()], place.nodes)
    say("starting the services")
    deploy(swarm, values)
    wait_for_site(place)
    return swarm


def wait_for_site(place: Place) -> None:
    """Until it answers on every node."""
    waiting = set(place.nodes)

    def all_answer() -> bool:
        waiting.difference_update([number for number in waiting if site.is_ready(place, number)])
        return not waiting

    wait_until(all_answer, "the site answers on every node")


def deploy(swarm: Swarm, values: Mapping[str, Any]) -> None:
    """Bring the swarm to that, and wait until all its services run."""
    file = swarm.place.folder / "stack.json"
    file.write_text(json.dumps(values, indent=2), encoding="utf-8")
    swarm.deploy(file)
    wait_until(swarm.is_whole, "all services run and are healthy", tell=swarm.troubles)


def stack_values(place: Place) -> dict[str, Any]:
    """The stack file of the sources as they are now; all that it names exists then on this machine."""
    images.build(PROFILE, place.name)
    prepared = place.folder.absolute() / "prepared"
    prepare(prepared)
    values = stackfile.stack(compose_config(place.name), str(prepared), digest)
    for name, one in values["services"].items():
        if stackfile.role(name) == "nginx":
            one["image"] = images.derive(one["image"], PROJECT / "cluster" / "swarm.Dockerfile")
        if one["image"].endswith(f":{place.name}"):
            one["image"] = images.name_by_content(one["image"])
        images.fetch([one["image"]])
    return values


def add_config(values: Values, service: str, file: Path, target: str) -> None:
    """Give a service one more file."""
    name = file.stem
    values.setdefault("configs", {})[name] = {"file": str(file), "name": f"{name}-{digest(str(file))}"}
    one = next(one for full, one in values["services"].items() if stackfile.role(full) == service)
    one.setdefault("configs", []).append({"source": name, "target": target})


def power_on_all(machines: Machines) -> None:
    """The switch and every node; returns when each engine answers."""
    machines.switch_on()
    for number in machines.place.nodes:
        machines.power_on(number)
    for number in machines.place.nodes:
        wait_for_engine(machines, number)


def wait_for_engine(machines: Machines, number: int) -> None:
    """Until the engine of the node answers."""

    def answers() -> bool:
        if not machines.is_on(number):
            log = (machines.place.node(number) / "engine.log").read_text(encoding="utf-8").splitlines()
            raise ClusterError(f"node{number} has ended: {log[-1] if log else 'it says nothing'}")
        return engine_answers(machines.place, number)

    wait_until(answers, f"the engine of node{number} answers", 60)


def engine_answers(place: Place, number: int) -> bool:
    """Whether the node has power, and its engine has started."""
    try:
        docker("version", host=place.socket(number), seconds=5)
    except ClusterError:
        return False
    return True
