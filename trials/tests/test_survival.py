"""The short form of `make survive`: every event, with few visits and for two seconds."""

from collections.abc import Iterator

import pytest

from trials.event import CannotHappen, Event
from trials.events import EVENTS
from trials.run import SHORT, run_on
from trials.stage import Stage, on_stage

# The rolling upgrade is a rolling restart with new code.
SHOWN = [event for event in EVENTS if event.id != "rolling-restart"]
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("survival")]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with on_stage("step07") as started:
        yield started


@pytest.mark.parametrize("event", [pytest.param(event, id=event.id) for event in SHOWN])
def test_an_event_costs_no_more_than_it_may(stage: Stage, event: Event) -> None:
    try:
        result = run_on(stage, event, SHORT, lambda _: None, lambda _: None)
    except CannotHappen as why:
        pytest.skip(str(why))
    assert result.misses == []
    assert result.sent >= SHORT.gets
    assert result.twice == result.missing == 0
    assert result.spans
