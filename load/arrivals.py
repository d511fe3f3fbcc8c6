"""Inside locust: open load. Each user is a source of arrivals at a constant rate, and never waits.

Locust's shapes set how many users there are. With users that are sources of a fixed rate, that is the rate of
all arrivals. Each is timed from when it was due (`load/schedule.py`), also when it found every connection
busy.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent.pool import Group
from geventhttpclient.client import HTTPClientPool
from locust import task

from load import options
from load.browser import Browser
from load.failures import kind_of
from load.figures import three_digits
from load.schedule import due_times

CONNECTIONS = 200  # for all sources together


@dataclass
class Stage:
    """The arrivals of one rate: how many were due, and what has become of them."""

    due: int = 0
    failures: "Counter[str]" = field(default_factory=Counter)
    times: "Counter[float]" = field(default_factory=Counter)

    @property
    def ended(self) -> int:
        """How many have ended, in whatever way."""
        return sum(self.times.values())


class Source(Browser):
    """One source of arrivals."""

    stage: Stage | None = None  # that counts now; shared by all
    arrivals = Group()
    born = 0
    pool: HTTPClientPool | None = None

    def __init__(self, environment: Any) -> None:
        given = environment.parsed_options
        if Source.pool is None:
            Source.pool = HTTPClientPool(
                concurrency=CONNECTIONS,
                network_timeout=given.patience,
                connection_timeout=given.patience,
                ssl_context_factory=lambda cafile=None: options.trusting(given.authority),
            )
        self.client_pool = Source.pool
        super().__init__(environment)
        Source.born += 1
        self.rate, self.path, self.number = given.each, given.path, Source.born

    @task
    def send(self) -> None:
        """For ever, at the times that are due; nothing while no stage counts."""
        for due in due_times(time.monotonic(), self.rate, self.number):
            gevent.sleep(max(due - time.monotonic(), 0))
            if Source.stage:
                Source.stage.due += 1
                Source.arrivals.spawn(self.arrive, due, Source.stage)

    def arrive(self, due: float, stage: Stage) -> None:
        """One arrival, with a greenlet of its own."""
        with self.client.request("GET", self.path, catch_response=True) as answer:
            kind = kind_of(answer.status_code, (200,), getattr(answer, "error", None), self.patience)
            took = (time.monotonic() - due) * 1000
            answer.request_meta["response_time"] = took
            if kind:
                answer.failure(kind)
            else:
                answer.success()
        stage.times[three_digits(took)] += 1
        if kind:
            stage.failures[kind] += 1
