"""Open load: when arrivals are due, and whether the search finds a knee that is known."""

import itertools
import math
from collections.abc import Callable

import pytest

from load.schedule import NARROW, Objective, Search, due_times


def test_arrivals_come_at_a_constant_rate_whatever_happens() -> None:
    times = list(itertools.islice(due_times(100.0, 4.0, source=3), 5))
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps == pytest.approx([0.25] * 4)
    assert 100.0 <= times[0] < 100.25


def test_many_sources_together_come_evenly() -> None:
    first = sorted(next(due_times(0.0, 1.0, source)) for source in range(20))
    gaps = [later - earlier for earlier, later in itertools.pairwise(first)]
    assert max(gaps) < 3 * (1 / 20)


def searched(bears: Callable[[float], bool], **more: float) -> Search:
    """Let it search at a server that is known."""
    search = Search(**{"start": 10.0, **more})  # type: ignore[arg-type]
    while (rate := search.next_rate()) is not None:
        search.judge(rate, bears(rate))
        assert len(search.tried) < 60
    return search


@pytest.mark.parametrize("knee", [3.0, 9.9, 10.0, 80.0, 240.0, 5000.0])
def test_the_search_ends_just_below_the_knee(knee: float) -> None:
    found = searched(lambda rate: rate <= knee)
    assert knee / NARROW <= found.met <= knee
    assert found.failed > knee


def test_a_server_that_bears_nothing_has_no_knee() -> None:
    assert searched(lambda rate: False).met == 0.0


def test_a_server_that_bears_everything_ends_the_search_at_its_bound() -> None:
    found = searched(lambda rate: True, highest=1000.0)
    assert found.failed == math.inf
    assert 1000 / 1.5 < found.met <= 1000


def test_luck_above_a_rate_that_failed_does_not_count() -> None:
    search = Search(start=10.0)
    for rate, met in ((10.0, True), (20.0, False), (25.0, True)):
        search.judge(rate, met)
    assert (search.met, search.failed) == (10.0, 20.0)


@pytest.mark.parametrize(("p99", "errors", "met"), [(300, 0.01, True), (301, 0.0, False), (1, 0.02, False)])
def test_an_objective_has_two_parts(p99: float, errors: float, met: bool) -> None:
    assert Objective(300.0, 0.01).met_by(p99, errors) is met
