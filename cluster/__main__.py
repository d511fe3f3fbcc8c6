"""The command line of the cluster: `python -m cluster up|kill|start|roll|down|trial|stack`."""

import argparse
import sys

from cluster import commands
from cluster.errors import ClusterError
from cluster.place import Place
from cluster.trial.command import main as trial
from cluster.trial.events import EVENTS
from launcher.interruption import INTERRUPTED

FAILED, MISUSED = 1, 2
COMMANDS = {
    "up": "start a swarm of three nodes with step 07, and keep it until Ctrl-C",
    "kill": "cut the power of a node",
    "start": "give a node its power back",
    "roll": "replace the running tasks by the sources as they are now",
    "down": "end all of it, from any terminal",
    "trial": "lose nodes and roll updates out while visitors ask, and count what fails",
    "stack": "print the stack file, for a swarm of your own",
}


def main(arguments: list[str]) -> int:
    """Do what is asked; every failure is one clear line."""
    parser = argparse.ArgumentParser(prog="python -m cluster", description="Step 07 on several machines.")
    words = parser.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))
    for name, does in COMMANDS.items():
        command = words.add_parser(name, help=does, description=does, allow_abbrev=False)
        if name in ("kill", "start"):
            command.add_argument("--node", required=True, metavar="N", help="its number, 1 to 3")
        if name == "trial":
            events = ", ".join(event.id for event in EVENTS)
            command.add_argument(
                "--events", default="", metavar="EVENT…", help=f"some of: {events}; default: all"
            )
    asked = parser.parse_args(arguments)
    place = Place()
    try:
        if asked.command in ("kill", "start"):
            return _with_node(place, asked.command, asked.node)
        if asked.command == "trial":
            return trial(asked.events)
        {
            "up": commands.start_cluster,
            "roll": commands.roll,
            "down": commands.down,
            "stack": commands.show_stack,
        }[asked.command](place)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (ClusterError, OSError) as error:
        print(error, file=sys.stderr)
        return FAILED
    return 0


def _with_node(place: Place, command: str, node: str) -> int:
    known = {str(number): number for number in place.nodes}
    if node not in known:
        print(f"NODE={node} is none of the nodes: NODE=1, NODE=2 or NODE=3", file=sys.stderr)
        return MISUSED
    {"kill": commands.kill, "start": commands.start_node}[command](place, known[node])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
