"""The short form of `make abuse`: every case at the first and the last of its steps, with a smaller crowd."""

from collections.abc import Iterator

import pytest

from trials.abuse import NOBODY_ELSE, attempt
from trials.abuse_case import Case
from trials.abuses import CASES
from trials.abuses.requests import hostile
from trials.arena import Arena
from trials.stage import on_stage

FEW, VISITS = 150, 40
# Milliseconds: twenty times the goal, for a machine that does much else. What counts is that nobody waits for
# the slow: they would hold the site for ten seconds.
BOUND = 2000.0
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module", params=["step05", "step07"])
def arena(request: pytest.FixtureRequest) -> Iterator[Arena]:
    with on_stage(request.param, NOBODY_ELSE) as stage:
        yield Arena(stage, FEW, VISITS, BOUND)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_a_case_is_refused_or_costs_next_to_nothing(arena: Arena, case: Case) -> None:
    found = attempt(case, arena)
    assert found.misses == [], found.says
    assert found.says


def test_the_list_of_hostile_requests_is_long_and_each_says_why() -> None:
    requests = hostile()
    assert len(requests) >= 60
    assert all(len(one.why) > 10 for one in requests)
    assert len({one.send for one in requests}) == len(requests)


def test_a_5xx_is_allowed_only_where_the_rfc_asks_for_it() -> None:
    assert {one.may for one in hostile()} == {0, 501, 505}
