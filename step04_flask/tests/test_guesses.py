"""Guessing at passwords: who is stopped, for how long, and who is not."""

import math
import re
import time

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from step04_flask.app import create_app
from step04_flask.guesses import (
    FAILURES_OF_A_NAME,
    FAILURES_OF_AN_ADDRESS,
    WINDOW,
    Guesses,
    MemoryCounters,
)

HERE, THERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def guesses() -> Guesses:
    return Guesses(MemoryCounters())


def fail(guesses: Guesses, times: int, name: str = "ada", address: str = HERE) -> None:
    for _ in range(times):
        guesses.failed(name, address)


def fail_everywhere(guesses: Guesses, name: str) -> None:
    """From more addresses than one, each of them within its own limit."""
    for number in range(FAILURES_OF_A_NAME):
        guesses.failed(name, f"203.0.113.{number}")


def test_an_address_that_fails_too_often_waits_whatever_name_it_tries(guesses: Guesses) -> None:
    fail(guesses, FAILURES_OF_AN_ADDRESS - 1)
    assert guesses.seconds_to_wait("ada", HERE) == 0
    fail(guesses, 1, name="grace")
    assert guesses.seconds_to_wait("ada", HERE) == WINDOW
    assert guesses.seconds_to_wait("somebody else", HERE) == WINDOW
    assert guesses.seconds_to_wait("ada", THERE) == 0


def test_what_was_counted_is_forgotten_after_the_window(
    guesses: Guesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    fail(guesses, FAILURES_OF_AN_ADDRESS)
    monkeypatch.setattr("time.monotonic", lambda: began + WINDOW - 1)
    fail(guesses, 1)  # does not begin the window anew
    assert 0 < guesses.seconds_to_wait("ada", HERE) <= 2
    monkeypatch.setattr("time.monotonic", lambda: began + WINDOW + 1)
    assert guesses.seconds_to_wait("ada", HERE) == 0


@pytest.mark.parametrize("name", ["ada", "nobody", "", "\ud83d\ude00" * 1000, "a:b\r\nc"])
def test_a_name_that_is_guessed_from_everywhere_waits_whether_or_not_it_has_an_account(
    guesses: Guesses, name: str
) -> None:
    name = name.encode("utf-16", "surrogatepass").decode("utf-16")
    fail_everywhere(guesses, name)
    assert 0 < guesses.seconds_to_wait(name, HERE) <= WINDOW
    assert guesses.seconds_to_wait(f"{name}2", HERE) == 0


def test_strangers_do_not_lock_out_an_owner_who_was_here_before(guesses: Guesses) -> None:
    guesses.succeeded("ada", HERE)
    fail_everywhere(guesses, "ada")
    assert guesses.seconds_to_wait("ada", HERE) == 0
    assert guesses.seconds_to_wait("ada", THERE) > 0


def test_a_login_takes_no_count_back(guesses: Guesses) -> None:
    fail(guesses, FAILURES_OF_AN_ADDRESS)
    guesses.succeeded("mallory", HERE)
    assert guesses.seconds_to_wait("ada", HERE) > 0


def test_all_addresses_of_a_household_are_one(guesses: Guesses) -> None:
    for number in range(FAILURES_OF_AN_ADDRESS):
        guesses.failed("ada", f"2001:db8:1:2::{number:x}")
    assert guesses.seconds_to_wait("ada", "2001:db8:1:2:ffff::1") > 0
    assert guesses.seconds_to_wait("ada", "2001:db8:1:3::1") == 0
    assert guesses.seconds_to_wait("ada", "fe80::1%eth0") == 0


@pytest.mark.parametrize("address", ["", "unix:", "a:b", "::ffff:192.0.2.1", "not an address"])
def test_who_has_no_address_is_counted_too(guesses: Guesses, address: str) -> None:
    fail(guesses, FAILURES_OF_AN_ADDRESS, address=address)
    assert guesses.seconds_to_wait("ada", address) > 0


def test_the_memory_is_bounded_and_the_latest_are_kept() -> None:
    counters = MemoryCounters(capacity=3)
    for key in ("a", "b", "c", "a", "d"):
        counters.add(key, 60)
    assert [counters.read(key)[0] for key in "abcd"] == [2, 0, 1, 1]


# The login page


@pytest.fixture
def client() -> FlaskClient:
    return create_app({"WTF_CSRF_ENABLED": False}).test_client()


def log_in(client: FlaskClient, password: str, name: str = "ada", address: str = HERE) -> TestResponse:
    fields = {"name": name, "password": password}
    return client.post("/login", data=fields, environ_base={"REMOTE_ADDR": address})


def test_who_guesses_is_told_when_to_come_back_and_even_the_right_password_waits(client: FlaskClient) -> None:
    fail(client.application.extensions["guesses"], FAILURES_OF_AN_ADDRESS - 1)
    assert log_in(client, "guessed").status_code == 403
    refused = log_in(client, "analytical")
    assert refused.status_code == 429
    assert math.isclose(int(refused.headers["Retry-After"]), WINDOW, abs_tol=60)
    assert "Too many logins have failed. Please try again in 5 minutes." in refused.text
    assert log_in(client, "analytical", address=THERE).status_code == 303


def test_a_refusal_does_not_tell_whether_there_is_such_an_account(client: FlaskClient) -> None:
    pages = {re.sub(r'value="(ada|adb)"', "", log_in(client, "wrong", name).text) for name in ("ada", "adb")}
    assert len(pages) == 1
    for name in ("ada", "adb"):
        fail_everywhere(client.application.extensions["guesses"], name)
    answers = [log_in(client, "wrong", name) for name in ("ada", "adb")]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert len({re.sub(r'value="(ada|adb)"', "", answer.text) for answer in answers}) == 1


def test_no_password_is_compared_while_somebody_must_wait(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(client.application.extensions["guesses"], FAILURES_OF_AN_ADDRESS)
    monkeypatch.setattr("step04_flask.login.check_password_hash", lambda *_: 1 / 0)
    assert log_in(client, "guessed").status_code == 429
