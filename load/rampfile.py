"""For locust: a ramp of arrival rates that looks for the knee, or one constant rate.

A stage lasts some seconds; then its last arrivals may still be answered, and it is judged. What has no answer
by then counts as failed. Whoever started locust hears of each stage by a line.
"""

import time
from typing import Any

import gevent
from locust import LoadTestShape, events

from load import options, reporting
from load.arrivals import Source, Stage
from load.figures import percentile
from load.schedule import Objective, Search

__all__ = ["Source"]
REACHED = 0.85
SETTLE = 1.0  # seconds that the last arrivals of a stage may take
LEAVE = 8.0  # and what an overloaded server may then need to get rid of the others


class Ramp(LoadTestShape):
    """As many sources as make the rate that is to be tried."""

    use_common_options = True

    def __init__(self) -> None:
        super().__init__()
        self.search: Search | None = None
        self.rate: float | None = None
        self.until = 0.0

    def tick(self) -> tuple[int, float] | None:
        """Asked about once a second."""
        given = self.runner.environment.parsed_options
        if self.search is None:
            factor = 1.5 if given.search else 1e9  # one rate only: it is never raised
            self.search = Search(given.start, factor, lowest=given.each)
        elif time.monotonic() < self.until:
            return self.sources(given)
        else:
            self.judge(given)
        self.rate = self.search.next_rate()
        if self.rate is None:
            return None
        Source.stage, self.until = Stage(), time.monotonic() + given.stage - 0.1
        return self.sources(given)

    def sources(self, given: Any) -> tuple[int, float]:
        """How many, all at once."""
        number = max(1, round((self.rate or 0) / given.each))
        return number, number

    def judge(self, given: Any) -> None:
        """Send no more, wait for the last answers, look.

        Then let the rest go, so that it burdens no other stage.
        """
        stage, Source.stage = Source.stage, None
        assert stage
        assert self.search
        assert self.rate
        _wait(stage, SETTLE)
        unanswered = stage.due - stage.ended
        errors = (stage.failures.total() + unanswered) / max(stage.due, 1)
        p99 = percentile(stage.times, 0.99) if not unanswered else SETTLE * 1000
        sent = stage.due / given.stage
        # A rate that the generator did not reach is none that the server has borne.
        met = Objective(given.p99, given.errors).met_by(p99, errors) and sent >= REACHED * self.rate
        self.search.judge(self.rate, met)
        if reporting.current:
            reporting.current.tell("stage", rate=self.rate, sent=sent, p99=p99, errors=errors, met=met)
        _wait(stage, LEAVE)
        Source.arrivals.kill()


def _wait(stage: Stage, patience: float) -> None:
    deadline = time.monotonic() + patience
    while stage.ended < stage.due and time.monotonic() < deadline:
        gevent.sleep(0.02)


@events.init_command_line_parser.add_listener
def _words(parser: Any) -> None:
    options.add(parser)
    parser.add_argument("--path", default="/hello?name=load", help="what is asked for")
    parser.add_argument("--start", type=float, default=10.0, help="arrivals a second to begin with")
    parser.add_argument("--each", type=float, default=1.0, help="arrivals a second of each source")
    parser.add_argument("--stage", type=float, default=3.0, help="seconds for each rate")
    parser.add_argument("--p99", type=float, default=100.0, help="ms within which 99 %% must be answered")
    parser.add_argument("--errors", type=float, default=0.01, help="part of the arrivals that may fail")
    parser.add_argument("--search", type=int, default=1, help="0: that one rate only")


@events.init.add_listener
def _init(environment: Any, **_: Any) -> None:
    reporting.begin(environment)
