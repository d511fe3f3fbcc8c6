"""The arithmetic: percentiles, ceilings, ratios, and what is named as the limit."""

import math

import pytest

from load.figures import Used, mean, median, percentile, three_digits
from load.limits import limiting
from load.tests.made import a_run

CORES = 2


@pytest.mark.parametrize(("part", "time"), [(0.01, 1.0), (0.5, 1.0), (0.51, 2.0), (0.99, 3.0), (1.0, 3.0)])
def test_a_percentile_is_the_time_within_which_that_part_came(part: float, time: float) -> None:
    assert percentile({1.0: 50, 2.0: 48, 3.0: 2}, part) == time


@pytest.mark.parametrize("part", [0.0, -1.0, 99.0])
def test_a_percentile_wants_a_part_and_no_hundreds(part: float) -> None:
    with pytest.raises(ValueError, match="part"):
        percentile({1.0: 1}, part)


def test_without_answers_there_are_no_times() -> None:
    assert percentile({}, 0.99) == 0.0
    assert mean({}) == 0.0
    assert math.isnan(median([]))


def test_times_keep_three_digits() -> None:
    assert [three_digits(time) for time in (0.123456, 12.3456, 1234.56)] == [0.123, 12.3, 1230.0]


def test_a_run_counts_good_answers_only() -> None:
    run = a_run(failures={"status 429": 400})
    assert run.throughput == 60.0
    assert run.error_rate == 0.4
    assert run.cpu_per_request == pytest.approx(500 / 600)
    assert run.p99 == 200.0


def test_without_known_processes_there_is_no_cost() -> None:
    assert math.isnan(a_run(used=()).cpu_per_request)


@pytest.mark.parametrize(("ceiling", "bound"), [(125.0, True), (126.0, False), (0.0, False)])
def test_within_four_fifths_of_the_ceiling_it_is_the_generator(ceiling: float, bound: bool) -> None:
    assert a_run(ceiling=ceiling).generator_bound is bound


def test_a_generator_without_a_core_to_spare_is_the_limit_far_below_its_ceiling() -> None:
    assert a_run(generator=8.5).generator_bound
    assert not a_run(generator=8.5, processes=2).generator_bound


@pytest.mark.parametrize(
    ("word", "more"),
    [
        ("failures", {"failures": {"status 502": 1000}}),
        ("failures", {"failures": {"status 502": 100}}),
        ("generator", {"ceiling": 110.0}),
        ("server CPU", {"used": (Used("app", 1, 9.5, 30.0),)}),
        ("server CPU", {"used": (Used("a", 1, 6.5, 9.0), Used("b", 2, 6.0, 9.0)), "generator": 6.0}),
        ("other programs", {"busy": 19.0}),
        ("threads", {"scenario": "slow", "users": 40, "requests": 800}),
        ("the page", {"scenario": "slow", "users": 10}),
        ("the visitors", {"scenario": "mixed"}),
        ("waiting", {}),
    ],
)
def test_the_limit_is_named(word: str, more: dict[str, object]) -> None:
    found, sentence = limiting(a_run(**more), CORES)
    assert found == word
    assert sentence
