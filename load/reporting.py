"""Inside locust: what is counted, told to whoever started it, a line of JSON at a time.

Only the process that has all the counts tells them: the one process, or the master of several.
"""

import json
import os
import time
from typing import Any

import gevent
import locust.runners
import locust.stats

from load import sockets
from load.figures import three_digits
from load.options import report_to

EVERY = 0.5  # seconds
current: "Reporter | None" = None  # of this process, if it tells anybody


class Reporter:
    """The writing end of the pipe."""

    def __init__(self, environment: Any, descriptor: int) -> None:
        self.environment, self.descriptor = environment, descriptor
        self.began, self.held = 0.0, 0

    def tell(self, kind: str, **values: Any) -> None:
        """One line. A reader who is gone ends the run: nobody would take its result."""
        line = json.dumps({"kind": kind, **values}) + "\n"
        try:
            os.write(self.descriptor, line.encode())
        except BrokenPipeError:
            self.environment.runner.quit()

    def begin(self, **_: Any) -> None:
        """All visitors are there."""
        if not self.began:
            if any(one is sockets.SlowClient for one in self.environment.user_classes):
                gevent.sleep(sockets.CROWD_FIRST)
            self.began = time.time()
            self.tell("begin")
            gevent.spawn(self.go_on)
            if lasts := self.environment.parsed_options.lasts:
                gevent.spawn_later(lasts, self.environment.runner.quit)

    def go_on(self) -> None:
        """How far it is, twice a second."""
        while True:
            gevent.sleep(EVERY)
            total = self.environment.stats.total
            self.tell(
                "now",
                seconds=time.time() - self.began,
                users=self.environment.runner.user_count,
                requests=total.num_requests,
                failures=total.num_failures,
                median=total.get_response_time_percentile(0.5),
            )

    def stop(self, **_: Any) -> None:
        """The time is over; whoever waits for an answer still does."""
        self.held = sockets.held

    def end(self, **_: Any) -> None:
        """What came of it."""
        stats = self.environment.stats
        last = stats.total.last_request_timestamp or self.began
        entries = {
            f"{one.method} {one.name}": (one.num_requests, one.get_response_time_percentile(0.99))
            for one in stats.entries.values()
        }
        failures: dict[str, int] = {}
        for error in stats.errors.values():
            kind = str(error.error)
            failures[kind] = failures.get(kind, 0) + error.occurrences
        self.tell(
            "end",
            seconds=max(last - self.began, 0.0),
            requests=stats.total.num_requests,
            failures=failures,
            times=list(stats.total.response_times.items()),
            entries=entries,
            held=self.held,
        )


def begin(environment: Any) -> None:
    """Attach it to locust's events."""
    # Locust rounds to whole milliseconds, where an answer may take a fifth of one; and to two digits.
    locust.stats.bucket_response_time = three_digits
    locust.runners.WORKER_REPORT_INTERVAL = EVERY
    descriptor = report_to()
    if descriptor is None or isinstance(environment.runner, locust.runners.WorkerRunner):
        return
    global current
    current = reporter = Reporter(environment, descriptor)
    environment.events.spawning_complete.add_listener(reporter.begin)
    environment.events.test_stopping.add_listener(reporter.stop)
    environment.events.quitting.add_listener(reporter.end)
