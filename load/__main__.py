"""The command line of the load lab: `python -m load run|all|knee|predict|page`. The Makefile calls it."""

import sys

from checks.claim import Trouble
from checks.commands import understood
from launcher.errors import LaunchError
from launcher.interruption import INTERRUPTED, interruptible
from load.address import Misused
from load.generator import CannotGenerate
from load.sites import NotRunning

COMMANDS = {  # the module that does it, and what it does
    "run": ("load.single", "one scenario against one running step, or a server of your own"),
    "all": ("load.together", "the same load over all steps, and docs/load.md"),
    "predict": ("load.predict", "three questions about a run to come, and the run"),
    "page": ("load.page", "locust's own page, with every step to choose from"),
}
FAILED, MISUSED = 1, 2


def main(arguments: list[str]) -> int:
    """Do what is asked; every failure is one clear line."""
    run = understood("python -m load", "The steps under load.", COMMANDS, arguments)
    try:
        with interruptible():
            return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Misused as error:
        print(error, file=sys.stderr)
        return MISUSED
    except (NotRunning, CannotGenerate, LaunchError, Trouble, RuntimeError, OSError) as error:
        print(error if not isinstance(error, OSError) else f"cannot go on: {error}", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
