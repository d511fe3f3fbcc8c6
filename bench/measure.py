"""Measure servers in turns: each on one core, the load on another; count its processor's seconds."""

import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import psutil

from bench.load import WAYS, send
from bench.peers import BASE, Peer
from bench.processor import family
from launcher.interruption import program

START_SECONDS = 20.0
IDLE_CONNECTIONS = 1000


@dataclass(frozen=True)
class Case:
    """One way to ask: over how many connections, and how (see `load.WAYS`)."""

    way: str
    connections: int

    def suits(self, peer: Peer) -> bool:
        """Whether the server can be asked like this: kept connections block one that serves them in turn."""
        return self.connections == 1 or self.way == "close" or not peer.one_at_a_time


@dataclass(frozen=True)
class Figure:
    """Requests for each second of the server's processor; the ms within which 99 of 100 were answered."""

    rate: float
    p99: float


@dataclass
class Results:
    """What was measured, a figure a round."""

    figures: dict[tuple[str, Case], list[Figure]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    idle: dict[str, tuple[float, float, int]] = field(
        default_factory=dict
    )  # MB, rate, connections that were held

    def rate(self, peer: Peer, case: Case) -> float | None:
        """The middle of all rounds."""
        rounds = self.figures.get((peer.name, case))
        return statistics.median(one.rate for one in rounds) if rounds else None

    def p99(self, peer: Peer, case: Case) -> float | None:
        """The middle of all rounds."""
        rounds = self.figures.get((peer.name, case))
        return statistics.median(one.p99 for one in rounds) if rounds else None

    def ratios(self, peer: Peer, case: Case) -> list[float]:
        """How many times the base's rate, in each round, from the lowest to the highest."""
        ours, base = (self.figures.get((name, case), []) for name in (peer.name, BASE.name))
        return sorted(one.rate / other.rate for one, other in zip(ours, base, strict=False))


def pins() -> tuple[list[str], list[str]]:
    """Return the words that bind a command to a core of its own: for the server, for the load."""
    if not shutil.which("taskset") or (os.cpu_count() or 1) < 2:
        return [], []  # macOS cannot pin
    return ["taskset", "-c", "0"], ["taskset", "-c", "1"]


class Running:
    """A started server."""

    def __init__(self, peer: Peer, port: int, process: "subprocess.Popen[bytes]"):
        self.peer, self.port, self.process = peer, port, process

    def seconds(self) -> float:
        """How much of a processor it has used so far."""
        used = [one.cpu_times() for one in family([self.process.pid])]
        return sum(times.user + times.system for times in used)

    def megabytes(self) -> float:
        """The memory of its largest process."""
        return max(one.memory_info().rss for one in family([self.process.pid])) / 2**20

    def measure(self, case: Case, seconds: float) -> Figure:
        """Put load on it for some seconds."""
        before = self.seconds()
        url = f"http://127.0.0.1:{self.port}/"
        sent = send(url, WAYS[case.way], case.connections, seconds, pins()[1])
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.peer.name} ended while it was measured")
        return Figure(sent.answers / max(self.seconds() - before, 0.01), sent.p99)


@contextmanager
def running(peer: Peer) -> Iterator[Running]:
    """Start a server on a free port; stop it and all that it has started, whatever happens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*pins()[0], *peer.command_on(port)]
    with (
        tempfile.TemporaryFile() as log,
        # A session of its own: Ctrl-C reaches us, and we stop the server, not the terminal.
        program(command, _stop, stdout=log, stderr=log, start_new_session=True) as process,
    ):
        if not _answers(process, port):
            log.seek(0)
            raise RuntimeError(f"{peer.name} did not start:\n{log.read().decode(errors='replace')[-800:]}")
        yield Running(peer, port, process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    every = family([process.pid])
    process.terminate()
    _, alive = psutil.wait_procs(every, timeout=3)
    for one in alive:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()


def _answers(process: "subprocess.Popen[bytes]", port: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as visitor:
            visitor.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            if visitor.recv(12).endswith(b"200"):
                return True
        time.sleep(0.02)
    return False


def measure(
    peers: list[Peer], cases: list[Case], rounds: int, seconds: float, quick: bool = False
) -> Generator[tuple[str, Results], None, None]:
    """Start every server, then ask each in turn, round after round; yield what is being done now."""
    results = Results()
    yield from _take_turns(peers, cases, rounds, seconds, results)
    for peer in peers:
        if peer.name in (BASE.name, "step03") and not quick:
            yield f"{IDLE_CONNECTIONS:,} idle connections at {peer.name}", results
            try:
                results.idle[peer.name] = beside_idle_ones(peer, seconds)
            except (RuntimeError, OSError) as error:
                results.skipped[f"{peer.name} beside idle connections"] = str(error)


def _take_turns(
    peers: list[Peer], cases: list[Case], rounds: int, seconds: float, results: Results
) -> Generator[tuple[str, Results], None, None]:
    with ExitStack() as stack:
        servers = []
        for peer in peers:
            yield f"starting {peer.name}", results
            try:
                servers.append(stack.enter_context(running(peer)))
            except RuntimeError as error:
                results.skipped[peer.name] = str(error).splitlines()[-1]
        for server in servers:
            with suppress(RuntimeError):  # its turn will tell
                server.measure(Case("keep-alive", 1), 0.2)  # warm
        turns = [(server, case) for case in cases for server in servers if case.suits(server.peer)]
        for number in range(rounds):
            for server, case in turns:
                asked = f"{server.peer.name}, {case.way}, {case.connections}"
                yield f"round {number + 1} of {rounds}: {asked}", results
                try:
                    figure = server.measure(case, seconds)
                except RuntimeError as error:
                    results.skipped[asked] = str(error)
                else:
                    results.figures.setdefault((server.peer.name, case), []).append(figure)


def beside_idle_ones(peer: Peer, seconds: float, count: int = IDLE_CONNECTIONS) -> tuple[float, float, int]:
    """Measure a server that meanwhile holds idle connections: MB, rate, how many it held to the end."""
    with running(peer) as server, ExitStack() as stack:
        idle = []
        for _ in range(count):
            visitor = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            visitor.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            visitor.recv(65536)
            idle.append(visitor)
        rate = server.measure(Case("keep-alive", 32), seconds).rate
        return server.megabytes(), rate, sum(_is_open(visitor) for visitor in idle)


def _is_open(visitor: socket.socket) -> bool:
    visitor.settimeout(0)
    try:
        return visitor.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
