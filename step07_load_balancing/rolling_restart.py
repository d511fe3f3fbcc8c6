"""Restart the apps of step 07 one by one, so that visitors notice nothing.

For each app: let it finish what it has begun, start it anew, and wait until it says that it is ready; only
then the next one is touched. An app that does not come back ends the round: the others still serve.
``python -m step07_load_balancing.rolling_restart [--run run] [--supervisor SOCKET]``
"""

import argparse
import os
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Error, ServerProxy

from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

GROUP = "step07-app"
STOP_SECONDS = 40.0  # longer than gunicorn's graceful_timeout: the longest answer may end
# For so long (`fail_timeout` in nginx.conf.template) nginx leaves out an app that it met while it was away.
# Only then the app serves again, and only then the next one may stop.
TRUST_SECONDS = 2.0


class RollingError(Exception):
    """Why the round ended, in words for the person who began it."""


def restart(process: str, supervisor: Any, ready: Callable[[], bool], patience: float) -> None:
    """Restart one app and return when it is ready again."""
    name = f"{GROUP}:{process}"
    # SIGTERM: gunicorn closes its socket, so that nginx goes to the others, and finishes what it has begun.
    supervisor.stopProcess(name, False)
    wait_until(lambda: state_of(supervisor, name) == "STOPPED", STOP_SECONDS, f"{process} does not stop")
    supervisor.startProcess(name, False)
    wait_until(ready, patience, f"{process} does not come back")


def state_of(supervisor: Any, name: str) -> str:
    """What supervisord says about a process: RUNNING, STOPPING, STOPPED …"""
    return str(supervisor.getProcessInfo(name)["statename"])


def wait_until(holds: Callable[[], bool], seconds: float, complaint: str) -> None:
    """Ask ten times a second; complain when the time is over."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise RollingError(f"{complaint} within {seconds:.0f} s; the other apps were left alone")
        time.sleep(0.1)


def answers_ready(socket_path: Path) -> bool:
    """Whether the app behind this socket answers ``/readyz`` with 200; nginx is not asked."""
    connection = HTTPConnection("localhost", timeout=5)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection.sock:
            connection.sock.settimeout(5)
            connection.sock.connect(str(socket_path))
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False


def speak_to(supervisor_socket: Path) -> ServerProxy:
    """The interface of supervisord over its Unix socket; to be closed, as with a file."""
    return ServerProxy("http://localhost", SupervisorTransport(serverurl=f"unix://{supervisor_socket}"))


def apps_kept_by(supervisor_socket: Path) -> list[str]:
    """The names of this step's apps, if the supervisor behind this socket keeps any."""
    try:
        with speak_to(supervisor_socket) as proxy:
            states: Any = proxy.supervisor.getAllProcessInfo()
    except (OSError, Error, HTTPException):
        return []
    return sorted(state["name"] for state in states if state["group"] == GROUP)


def roll(run: Path, supervisor_socket: Path, patience: float) -> None:
    """One round over all apps."""
    apps = apps_kept_by(supervisor_socket)
    with speak_to(supervisor_socket) as proxy:
        for number, process in enumerate(apps, start=1):
            began = time.monotonic()
            ready = partial(answers_ready, run / "step07" / f"{process}.sock")
            restart(process, proxy.supervisor, ready, patience)
            print(f"{process}: stopped, started, ready after {time.monotonic() - began:.1f} s", flush=True)
            if number < len(apps):
                time.sleep(TRUST_SECONDS)


def main() -> int:
    """Read the command line; 0 if every app came back."""
    parser = argparse.ArgumentParser(prog="rolling_restart", description="Restart step07's apps one by one.")
    run = Path(os.environ.get("RUN", "run"))
    parser.add_argument("--run", type=Path, default=run, help="the scratch folder (default: $RUN, or run)")
    parser.add_argument("--supervisor", type=Path, help="supervisord's socket (default: found in --run)")
    parser.add_argument("--patience", type=float, default=20, help="seconds an app may take to be ready (20)")
    arguments = parser.parse_args()
    sockets = [arguments.supervisor] if arguments.supervisor else arguments.run.glob("control/*/rpc.sock")
    keeping = [path for path in sockets if apps_kept_by(path)]
    try:
        if not keeping:
            raise RollingError("step07 is not running here; start it with: make step07")
        roll(arguments.run, keeping[0], arguments.patience)
    except (RollingError, OSError, Error) as error:
        print(f"rolling_restart: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
