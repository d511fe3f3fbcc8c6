"""`make locust`: locust's own page, for this machine only, with every step to choose from."""

import argparse
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress

from launcher.interruption import program
from load.address import Misused
from load.exemption import exempted
from load.generator import LOAD, PROJECT
from load.sites import STEPS, NotRunning, running_step, site_choices
from load.words import whole

# Locust's default is every address of the machine: then anyone near could send load from here.
HOST = "127.0.0.1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of the command line."""
    parser.add_argument("--port", default="", help="where the page is (8089)")


def main(arguments: argparse.Namespace) -> int:
    """Until Ctrl-C."""
    port = whole("PORT", arguments.port, 8089, 65535)
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        raise Misused(
            f"something answers at {HOST}:{port} already; choose another: make locust PORT={port + 1}"
        )
    with ExitStack() as stack:
        for number in range(1, len(STEPS) + 1):
            with suppress(NotRunning):
                stack.enter_context(exempted(running_step(number)))
        print(f"locust's page: http://{HOST}:{port} (Ctrl-C ends it)")
        print('The scenario and the step are chosen under "Custom parameters".', flush=True)
        locust = program(_command(port), _end, cwd=PROJECT, stdin=subprocess.DEVNULL, start_new_session=True)
        return stack.enter_context(locust).wait()


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait()


def _command(port: int) -> list[str]:
    site = site_choices()[0]
    words = ["--users", "20", "--spawn-rate", "20", "--scenario", "mixed", "--site", site]
    words += ["--host", site.split()[-1], "--loglevel", "WARNING", "--skip-log-setup"]
    where = ["--web-host", HOST, "--web-port", str(port)]
    return [sys.executable, "-m", "locust", "-f", str(LOAD / "locustfile.py"), *words, *where]
