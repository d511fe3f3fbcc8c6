"""`make cluster-trial`: a cluster of its own, events on it under load, told, counted, and written down."""

import os
import re
import sys

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from checks.claim import Trouble
from checks.machine import describe
from cluster import images, needs, up
from cluster.docker import docker
from cluster.errors import ClusterError
from cluster.machines import Machines
from cluster.place import PROJECT, Place
from cluster.swarm import Swarm
from cluster.trial import document
from cluster.trial.events import EVENTS, Event
from cluster.trial.run import Result, run
from cluster.trial.scene import APP, Scene
from launcher.interruption import interruptible, undisturbed
from trials.record import chosen

MISSED, MISUSED = 1, 2
HERE = PROJECT / "cluster" / "trial"
SCREEN = Console(highlight=False)
PROGRAMS = {  # the service that has it, and what makes it tell its version
    "nginx": ("step07-nginx", ("sh", "-c", "nginx -v 2>&1")),
    "gunicorn": (APP, ("gunicorn", "--version")),
    "Redis": ("step07-redis", ("redis-server", "--version")),
}


def main(words: str) -> int:
    """0 if every goal was met, 1 if not, 2 for a wrong word."""
    try:
        events = chosen(words, EVENTS)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return MISUSED
    place = Place(name="trial", subnet="198.18.8", folder=Place().folder.with_name("cluster-trial"))
    needs.check(place)
    machines = Machines(place)
    try:
        with interruptible():
            return _report(_happen(events, machines))
    finally:
        with undisturbed():
            SCREEN.print("switching everything off")
            machines.close()
            images.forget(place.name)


def _happen(events: list[Event], machines: Machines) -> list[Result]:
    swarm, editions = _start(machines)
    return [_happens(event, Scene(machines, swarm, editions, SCREEN.print)) for event in events]


def _happens(event: Event, scene: Scene) -> Result:
    SCREEN.print(Text(f"\n{event.id}: {event.title}", "bold"))
    SCREEN.print(Text(event.about, "bright_black"))
    columns = TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=SCREEN, transient=True) as progress:
        task = progress.add_task("")
        scene.say = lambda what: progress.console.print(f"  · {what}")
        scene.say("every node gets power and an app")
        scene.restore()
        try:
            result = run(event, scene, lambda sent: progress.update(task, description=f"{sent:,} GETs"))
        except Trouble as trouble:
            raise ClusterError(f"{event.id}: {trouble}") from trouble
    result.machine = {**machine(scene.swarm), "load average": f"{os.getloadavg()[0]:.1f}"}
    met = (
        Text("  goal missed: " + "; ".join(result.misses), "red")
        if result.misses
        else Text("  goal met", "green")
    )
    SCREEN.print(met)
    SCREEN.print(f"  {result.failed:,} of {result.sent:,} GETs failed, {result.lost:,} also at another node")
    if not result.misses:
        written = document.keep({event.id: result})
        SCREEN.print(Text(f"  written: {', '.join(map(str, written[:2]))}", "bright_black"))
    return result


def machine(swarm: Swarm) -> dict[str, str]:
    """What a reader must know to judge the figures: this machine, and what serves on its nodes."""
    known = {name: value for name, value in describe().items() if name in ("processor", "cores", "system")}
    known["Docker"] = docker("version", "--format", "{{.Server.Version}}")
    for program, (service, words) in PROGRAMS.items():
        written = docker("run", "--rm", "--entrypoint", words[0], swarm.image(service), *words[1:])
        known[program] = re.findall(r"\d+\.[\d.]*\d", written)[0]
    return known


def _start(machines: Machines) -> tuple[Swarm, dict[str, str]]:
    """A cluster without limits for visitors of the trial, and all editions of the app on its nodes."""
    say = SCREEN.print
    place = machines.place

    def let_visitors_in(values: dict[str, object]) -> None:
        file = place.folder.absolute() / "exempt.conf"
        file.write_text(f'{place.visitor} "";\n', encoding="utf-8")
        up.add_config(values, "nginx", file, "/srv/run/step07/exempt.conf")

    swarm = up.start(machines, say, let_visitors_in)
    say("building a good and a broken edition of the app")
    first = swarm.image(APP)
    derived = {
        edition: images.derive(first, HERE / f"{edition}.Dockerfile") for edition in ("second", "broken")
    }
    editions = {"first": first, **derived}
    images.ship(place, list(editions.values()), place.nodes)
    return swarm, editions


def _report(results: list[Result]) -> int:
    SCREEN.print(table(results))
    return MISSED if any(one.misses for one in results) else 0


def table(results: list[Result]) -> Table:
    """The counts of all events."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for title in (
        "event",
        "GETs",
        "failed",
        "also at another node",
        "healed s",
        "POSTs",
        "twice",
        "lost",
        "goal",
    ):
        shown.add_column(title, justify="left" if title == "event" else "right")
    for one in results:
        goal = Text("missed", "red") if one.misses else Text("met", "green")
        counts = f"{one.sent:,}", f"{one.failed:,}", f"{one.lost:,}", f"{one.healed:.0f}"
        shown.add_row(
            one.event, *counts, str(one.posts.get("303", 0)), str(one.twice), str(one.missing), goal
        )
    return shown
