"""The load: processes of visitors beside the site, and what they met so far.

Visitors never wait for a rate: each asks as soon as it is answered. So a site that hangs is asked less, and
the slowest answer tells of it.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from checks.target import Target
from trials.processes import helper
from trials.traffic import Traffic, from_json
from trials.visitors import Orders

PROCESSES = 2  # of visitors, for the stack on one machine
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
def load(*orders: Orders) -> Iterator[Load]:
    """Visitors who ask while the block runs: a process for each of the orders."""
    met = Load()
    with ExitStack() as started:
        for place, one in enumerate(orders):
            turned = replace(one, paths=_turned(one.paths, place))
            started.enter_context(helper("trials.visitors", turned.to_json(), met.take))
        yield met


def _turned(paths: tuple[str, ...], place: int) -> tuple[str, ...]:
    cut = place % len(paths)
    return paths[cut:] + paths[:cut]
