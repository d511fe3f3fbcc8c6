"""The command line: `python -m launcher up|run|down|doctor`."""

import argparse
import io
import os
import sys
from pathlib import Path

HANGUP = 129
INTERRUPTED = 130
NOBODY_READS = 141


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked; every failure is one clear line."""
    asked = _parser().parse_args(arguments)
    if sys.platform == "win32":
        print("Windows itself lacks what the steps show (fork, Unix sockets): use WSL", file=sys.stderr)
        return 1
    from launcher.errors import LaunchError

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 is no reason to fail
    try:
        return _do(asked)
    except LaunchError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before, or without, a handler of our own
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered has no reader
        return NOBODY_READS
    except OSError as error:  # a full disk, say
        print(f"cannot go on: {error}", file=sys.stderr)
        return 1


def _do(asked: argparse.Namespace) -> int:
    # Imported here, not above: a start must not wait for what it does not use.
    import signal

    from launcher.settings import Settings

    # The project is where we stand, not where this file lies: its folders may be symbolic links.
    settings = Settings.read(os.environ, Path.cwd())
    if asked.command == "doctor":
        from launcher.doctor import examine

        return examine(settings)
    if asked.command == "down":
        from launcher.down import down

        return down(settings)

    from launcher import foreground, steps
    from launcher.terminal import Screen, Signals, Stopped

    signals = Signals()
    try:
        if asked.command == "up":
            chosen = steps.choose(settings.root, asked.steps)
            foreground.up(chosen, settings, Screen(), signals, stay=asked.stay)
        else:
            foreground.run(steps.choose(settings.root, [asked.step])[0], settings, Screen(), signals)
    except Stopped as stopped:
        return {signal.SIGINT: INTERRUPTED, signal.SIGHUP: HANGUP}.get(signal.Signals(stopped.number), 0)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m launcher",
        description="Start and stop the steps of the course.",
        epilog="RUN chooses the scratch folder (run), STEP05_PORT and STEP06_TLS_PORT and so on the ports, "
        "NGINX and REDIS_SERVER the programs.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="up|run|down|doctor")
    up = commands.add_parser("up", help="start steps side by side (all of them, if none is named)")
    up.add_argument("steps", nargs="*", metavar="step", help="step05, say")
    up.add_argument("--stay", action="store_true", help="go on when every process has ended")
    run = commands.add_parser("run", help="run one step and show what its processes write")
    run.add_argument("step", help="step05, say")
    commands.add_parser("down", help="stop whatever was started, from anywhere")
    commands.add_parser("doctor", help="say what is missing or in the way, and how to mend it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
