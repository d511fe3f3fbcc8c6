"""A command line whose commands are modules, each with `add_arguments` and `main`."""

import argparse
import importlib
from collections.abc import Callable, Mapping
from functools import partial

Commands = Mapping[str, tuple[str, str]]  # by name: the module that does it, and what it does


def understood(program: str, about: str, commands: Commands, arguments: list[str]) -> Callable[[], int]:
    """Read the command line; what is left to call. Only the module of the named command is loaded."""
    parser = argparse.ArgumentParser(prog=program, description=about)
    words = parser.add_subparsers(dest="command", required=True, metavar="|".join(commands))
    for name, (place, does) in commands.items():
        command = words.add_parser(name, help=does, description=does, allow_abbrev=False)
        if name in arguments[:1]:
            importlib.import_module(place).add_arguments(command)
    asked = parser.parse_args(arguments)
    return partial(importlib.import_module(commands[asked.command][0]).main, asked)
