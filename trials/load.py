"""The load: processes of visitors beside the site, and what they met so far.

Visitors never wait for a rate: each asks as soon as it is answered. So a site that hangs is asked less, and
the slowest answer tells of it.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from checks.target import Target
from trials.traffic import Traffic, from_json
from trials.visitors import Orders

PROJECT = Path(__file__).resolve().parents[1]
PROCESSES = 2
# /hello is made by an app and needs no store; /?… is made by an app from what Redis has, and no cache has it;
# / comes from nginx's cache where that is younger than a second.
PATHS = ("/hello?name=load", "/?visit={n}", "/hello?name=load", "/")


class Load:
    """Running visitors."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._met = Traffic()

    def take(self, line: str) -> None:
        """A line that a process wrote."""
        new = from_json(json.loads(line))
        with self._lock:
            self._met.add(new)

    def so_far(self) -> Traffic:
        """A copy of what was met until now."""
        with self._lock:
            copy = Traffic()
            copy.add(self._met)
            return copy

    @property
    def sent(self) -> int:
        """How many visits have ended."""
        with self._lock:
            return self._met.sent


def orders_for(target: Target, paths: tuple[str, ...] = PATHS, mark: str = "") -> Orders:
    """Four visitors for each process: three keep their connection, one makes a new one each time."""
    at = target.main
    return Orders(at.host, at.port, at.tls, at.name, paths, keeping=3, newcomers=1, mark=mark)


@contextmanager
def load(orders: Orders, processes: int = PROCESSES) -> Iterator[Load]:
    """Visitors who ask while the block runs."""
    met = Load()
    started: list[subprocess.Popen[str]] = []
    readers: list[threading.Thread] = []
    try:
        for place in range(processes):
            started.append(_start(replace(orders, paths=_turned(orders.paths, place))))
            readers.append(threading.Thread(target=_read, args=(started[-1], met), daemon=True))
            readers[-1].start()
        yield met
    finally:
        for process in started:
            process.terminate()
        for process, reader in zip(started, readers, strict=False):
            process.wait()
            reader.join()
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()


def _turned(paths: tuple[str, ...], place: int) -> tuple[str, ...]:
    cut = place % len(paths)
    return paths[cut:] + paths[:cut]


def _start(orders: Orders) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "trials.visitors"]
    process = subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )  # a session of its own: Ctrl-C is for us, and we end it in order
    assert process.stdin
    process.stdin.write(orders.to_json() + "\n")
    process.stdin.flush()
    return process


def _read(process: subprocess.Popen[str], met: Load) -> None:
    assert process.stdout
    for line in process.stdout:
        if line.endswith("\n"):  # the last one may be cut off
            met.take(line)
