"""The command line of the trials: `python -m trials survive|abuse`. The Makefile calls it."""

import sys

from checks.commands import understood
from launcher.interruption import INTERRUPTED

COMMANDS = {  # the module that does it, and what it does
    "survive": ("trials.survive", "what may happen to step 07 while visitors ask"),
    "abuse": ("trials.abuse", "what strangers may do to steps 05 to 07"),
}


def main(arguments: list[str]) -> int:
    """Do what is asked; every failure is one clear line."""
    run = understood("python -m trials", "What the running stack must bear.", COMMANDS, arguments)
    try:
        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        print(f"cannot go on: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
