"""The command line of the checks: `python -m checks list|check|start|matrix|break`. The Makefile calls it."""

import io
import os
import sys

from checks.commands import understood
from launcher.interruption import INTERRUPTED

COMMANDS = {  # the module that does it, and what it does
    "list": ("checks.catalogue", "all checks: the question, the step that keeps it, the specification"),
    "check": ("checks.learner.learner", "ask all checks up to a step of your own server"),
    "start": ("checks.learner.start", "lay out the skeleton of a step in my/"),
    "matrix": ("checks.matrix.matrix", "all checks against all steps"),
    "break": ("checks.story.story", "the failures of a step, one after the other"),
}
NOBODY_READS = 141


def main(arguments: list[str]) -> int:
    """Do what is asked; every failure is one clear line."""
    run = understood("python -m checks", "Claims about a running site.", COMMANDS, arguments)
    if sys.platform == "win32":
        print("Windows itself lacks what the steps show (fork, Unix sockets): use WSL", file=sys.stderr)
        return 1
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 is no reason to fail
    try:
        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered has no reader
        return NOBODY_READS
    except OSError as error:  # a full disk, say
        print(f"cannot go on: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
