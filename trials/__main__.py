"""The command line of the trials: `python -m trials survive|abuse`. The Makefile calls it."""

import argparse
import importlib
import sys

COMMANDS = {  # the module that does it, and what it does
    "survive": ("trials.survive", "what may happen to step 07 while visitors ask"),
    "abuse": ("trials.abuse", "what strangers may do to steps 05 to 07"),
}
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Do what is asked; every failure is one clear line."""
    parser = argparse.ArgumentParser(prog="python -m trials", description="What the running stack must bear.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))
    for name, (place, does) in COMMANDS.items():
        command = commands.add_parser(name, help=does, description=does, allow_abbrev=False)
        importlib.import_module(place).add_arguments(command)
    asked = parser.parse_args(arguments)
    try:
        status: int = importlib.import_module(COMMANDS[asked.command][0]).main(asked)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        print(f"cannot go on: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
