"""What the processes of the step, those of the generator, and all of the machine use while the load lasts."""

from contextlib import suppress

import psutil

from load.figures import Used
from load.sites import Aim, family


class Meter:
    """What the processes of the step, and those of the generator, use between begin and end."""

    def __init__(self, aim: Aim) -> None:
        self.aim = aim
        self.before: dict[psutil.Process, float] = {}
        self.after: dict[psutil.Process, float] = {}
        self.names: dict[psutil.Process, str] = {}
        self.memory: dict[psutil.Process, float] = {}
        self.locust: psutil.Process | None = None
        self.generator_seconds = 0.0
        self._generator_before = 0.0
        self.busy = self._busy_before = 0.0

    def generator_is(self, pid: int) -> None:
        """Locust has that pid."""
        with suppress(psutil.Error):
            self.locust = psutil.Process(pid)

    def begin(self) -> None:
        """From here on it counts."""
        self.look()
        self.before = dict(self.after)
        self._generator_before, self._busy_before = self._generator(), _busy()

    def look(self) -> None:
        """Read all counters."""
        for name, process in family(self.aim):
            with suppress(psutil.Error):
                times = process.cpu_times()
                self.after[process] = times.user + times.system
                self.names[process] = name
                megabytes = process.memory_info().rss / 2**20
                self.memory[process] = max(self.memory.get(process, 0.0), megabytes)
        self.generator_seconds = max(self._generator() - self._generator_before, self.generator_seconds)

    def end(self) -> None:
        """Up to here."""
        self.look()
        self.busy = max(_busy() - self._busy_before, 0.0)

    def used(self) -> tuple[Used, ...]:
        """Each process that was there at the end or in between; one that came later began at nothing."""
        return tuple(
            Used(
                self.names[one],
                one.pid,
                max(seconds - self.before.get(one, 0.0), 0.0),
                round(self.memory[one], 1),
            )
            for one, seconds in self.after.items()
        )

    def _generator(self) -> float:
        seconds = 0.0
        with suppress(psutil.Error):
            for process in [self.locust, *self.locust.children(recursive=True)] if self.locust else []:
                times = process.cpu_times()
                seconds += times.user + times.system
        return seconds


def _busy() -> float:
    """Processor seconds that were not idle, of all cores since the machine started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
