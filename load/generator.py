"""Locust as a process of its own: started, listened to, ended. What it tells is turned into a `Run`."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from launcher.interruption import program
from load.figures import Run
from load.meter import Meter
from load.scenarios import SCENARIOS
from load.sites import Aim

LOAD = Path(__file__).parent
PROJECT = LOAD.parent
Line = dict[str, Any]


class CannotGenerate(Exception):
    """Locust did not do its work; its words."""


@dataclass(frozen=True)
class Order:
    """What locust is to do. `words` are further ones of its command line."""

    aim: Aim
    classes: tuple[str, ...]
    users: int
    seconds: float  # 0: locust's shape decides
    patience: float
    leave: float = 0.0  # seconds for which those who wait for an answer at the end may wait on
    processes: int = 1
    own: bool = False
    locustfile: str = "locustfile.py"
    words: tuple[str, ...] = ()

    def command(self) -> list[str]:
        """The command line, as a person could type it in the project's folder."""
        words = ["-f", str(LOAD / self.locustfile), "--headless", "--only-summary", "--loglevel", "ERROR"]
        words += ["--host", self.aim.url, "--users", str(self.users), "--spawn-rate", str(self.users)]
        words += ["--lasts", f"{self.seconds:g}"]
        words += ["--stop-timeout", f"{self.leave:g}", "--patience", f"{self.patience:g}"]
        words += ["--exit-code-on-error", "0"]
        words += ["--authority", str(self.aim.authority)] if self.aim.authority else []
        words += ["--processes", str(self.processes)] if self.processes > 1 else []
        words += ["--i-own-this-server"] if self.own else []
        return [sys.executable, "-m", "locust", *words, *self.words, *self.classes]


def visits(scenario: str, aim: Aim, users: int, seconds: float, **more: Any) -> Order:
    """The order for a named scenario."""
    plan = SCENARIOS[scenario]
    # A late answer must be counted, too: so nobody leaves at the end before their patience does.
    more = {"leave": plan.patience, **more}
    return Order(aim, plan.classes_at(aim.step), users + plan.crowd, seconds, plan.patience, **more)


def generate(
    order: Order, watch: Callable[[Line], None] = lambda _: None, during: Callable[[], None] = lambda: None
) -> Run:
    """Let locust do it; `watch` hears each line, `during` is called once, when all visitors are there."""
    meter, rates, end = Meter(order.aim), [], None
    for line in _lines(order, meter.generator_is):
        watch(line)
        if line["kind"] == "begin":
            meter.begin()
            during()
        elif line["kind"] == "now":
            meter.look()
            rates.append((line["seconds"], line["requests"]))
        elif line["kind"] == "end":
            meter.end()
            end = line
    if end is None:
        raise CannotGenerate("locust ended before it told what came of the run")
    run = _run(end, order, meter)
    return replace(run, rates=tuple(_per_second(rates)))


def _run(end: Line, order: Order, meter: Meter) -> Run:
    return Run(
        scenario="",
        step=order.aim.step,
        users=order.users,
        seconds=end["seconds"],
        requests=end["requests"],
        failures=end["failures"],
        times={float(time): number for time, number in end["times"]},
        entries={name: (number, float(p99 or 0)) for name, (number, p99) in end["entries"].items()},
        used=meter.used(),
        generator=meter.generator_seconds,
        processes=order.processes,
        busy=meter.busy,
        held=end["held"],
    )


def _per_second(counts: list[tuple[float, int]]) -> Iterator[tuple[float, float]]:
    before = (0.0, 0)
    for seconds, requests in counts:
        if seconds > before[0]:
            yield round(seconds, 2), round((requests - before[1]) / (seconds - before[0]), 1)
        before = (seconds, requests)


def _lines(order: Order, started: Callable[[int], None]) -> Iterator[Line]:
    """Each line that locust tells, until it has ended; it is ended with the iteration, whatever happens."""
    reading, writing = os.pipe()
    # What a person has set for locust elsewhere must not change what is measured here.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
    environment["LOAD_REPORT"] = str(writing)
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as words,
        os.fdopen(reading) as lines,
        program(
            order.command(),
            _end,
            cwd=PROJECT,
            env=environment,
            pass_fds=(writing,),
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,
        ) as process,
    ):
        os.close(writing)
        started(process.pid)
        yield from map(json.loads, lines)
        if process.wait():
            words.seek(0)
            raise CannotGenerate(
                _last_words(words.read()) or f"locust ended with status {process.returncode}"
            )


def _last_words(text: str) -> str:
    said = [line for line in text.splitlines() if line.strip()]
    return said[-1].strip() if said else ""


def _end(process: "subprocess.Popen[bytes]") -> None:
    """With all that it has forked."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
