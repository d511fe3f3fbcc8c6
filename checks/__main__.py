"""The command line of the checks: `python -m checks list|check|start|matrix|break`. The Makefile calls it."""

import argparse
import importlib
import io
import os
import sys

COMMANDS = {  # the module that does it, and what it does
    "list": ("checks.catalogue", "all checks: the question, the step that keeps it, the specification"),
    "check": ("checks.learner.learner", "ask all checks up to a step of your own server"),
    "start": ("checks.learner.start", "lay out the skeleton of a step in my/"),
    "matrix": ("checks.matrix.matrix", "all checks against all steps"),
    "break": ("checks.story.story", "the failures of a step, one after the other"),
}
INTERRUPTED = 130
NOBODY_READS = 141


def main(arguments: list[str]) -> int:
    """Do what is asked; every failure is one clear line."""
    parser = argparse.ArgumentParser(prog="python -m checks", description="Claims about a running site.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))
    for name, (place, does) in COMMANDS.items():
        command = commands.add_parser(name, help=does, description=does, allow_abbrev=False)
        if name in arguments[:1]:  # the others' modules need not be loaded
            importlib.import_module(place).add_arguments(command)
    asked = parser.parse_args(arguments)
    if sys.platform == "win32":
        print("Windows itself lacks what the steps show (fork, Unix sockets): use WSL", file=sys.stderr)
        return 1
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 is no reason to fail
    try:
        status: int = importlib.import_module(COMMANDS[asked.command][0]).main(asked)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered has no reader
        return NOBODY_READS
    except OSError as error:  # a full disk, say
        print(f"cannot go on: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
