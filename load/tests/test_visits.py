"""Each scenario for a second against its steps, from outside as a person would see it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from launcher import running
from load.arena import arena
from load.exemption import exempted
from load.figures import Run
from load.generator import generate, visits
from load.knee import measure_rate
from load.scenarios import SCENARIOS
from load.sites import Aim, started
from step06_tls.authority import new_root

STEPS = (1, 3, 4, 5, 7)
SECONDS = 1.0


@pytest.fixture(scope="module")
def aims() -> Iterator[dict[int, Aim]]:
    with arena(*(f"step{step:02}" for step in STEPS)) as found:
        yield found


def visited(aim: Aim, scenario: str, users: int = 0, **more: object) -> Run:
    """A short run, of patient visitors: the machine that tests may be busy."""
    order = visits(scenario, aim, users or min(SCENARIOS[scenario].users, 20), SECONDS, leave=20.0, **more)
    return replace(generate(replace(order, patience=20.0)), scenario=scenario)


@pytest.mark.parametrize(
    ("scenario", "step"),
    [("page", 1), ("page", 3), ("page", 7), ("static", 5), ("slow", 4), ("login", 4), ("login", 7)]
    + [("mixed", 3), ("mixed", 7), ("slow-clients", 5)],
)
def test_visitors_get_what_they_want(aims: dict[int, Aim], scenario: str, step: int) -> None:
    run = visited(aims[step], scenario)
    assert run.failures == {}
    assert run.requests >= 4
    assert run.used
    assert run.generator > 0
    if scenario == "static":
        assert {"GET *.css", "GET *.png"} <= set(run.entries)
    if scenario == "login":
        assert {"POST /login", "GET / (logged in)", "POST /logout"} <= set(run.entries)
    if scenario == "slow-clients":
        assert run.held == SCENARIOS[scenario].crowd


def test_a_visitor_with_a_cache_asks_for_each_file_once(aims: dict[int, Aim]) -> None:
    """From step 05 on their names change with their content, and they may be kept for a year."""
    run = generate(visits("mixed", aims[7], 3, 4 * SECONDS))
    files, pages = (run.entries[name][0] for name in ("GET a file", "GET /"))
    assert files == 2 * 3
    assert pages > 3


def test_bytes_without_a_protocol_are_no_answer(aims: dict[int, Aim]) -> None:
    order = replace(visits("page", aims[1], 3, SECONDS), classes=("Page",))
    run = generate(order)
    assert run.answered == 0
    assert set(run.failures) <= {"the answer is not HTTP", "the connection was cut"}


def test_a_certificate_of_an_unknown_authority_is_refused(aims: dict[int, Aim], tmp_path: Path) -> None:
    another = tmp_path / "root.pem"
    another.write_bytes(new_root().certificate.public_bytes(Encoding.PEM))
    stranger = replace(aims[7], authority=another)
    run = visited(stranger, "page", users=2)
    assert run.answered == 0
    assert all(kind.startswith("the certificate is refused") for kind in run.failures)


def test_more_than_one_process_counts_as_one(aims: dict[int, Aim]) -> None:
    run = visited(aims[3], "page", processes=2)
    assert run.failures == {}
    assert run.requests > 20
    assert run.processes == 2


def test_arrivals_at_a_constant_rate_do_not_wait_for_answers(aims: dict[int, Aim]) -> None:
    """Twenty a second, of 0.3 s each, is far more than one after the other."""
    run = measure_rate(aims[3], "/slow?seconds=0.3", 20.0, 2.0, during=lambda: None)
    assert 30 <= run.requests <= 44
    assert run.failures == {}


def test_a_running_step_exempts_us_while_the_load_lasts() -> None:
    with running("step05") as sites:
        aim = started(sites["step05"])
        assert aim.scratch
        file = aim.scratch / "exempt.conf"
        assert set(visited(aim, "page").failures) == {"status 429"}
        with exempted(aim) as written:
            assert written == file
            assert visited(aim, "page").failures == {}
        assert not file.exists()
        assert set(visited(aim, "page").failures) == {"status 429"}
