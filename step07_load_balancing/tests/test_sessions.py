"""Sessions in a real Redis: two apps, one visitor, and whoever copied the cookie."""

import pickle
import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis

from step07_load_balancing.app import create_app
from step07_load_balancing.sessions import KEY_PREFIX
from step07_load_balancing.tests.real_redis import RedisServer

BASE = "https://localhost"
COOKIE = create_app().config["SESSION_COOKIE_NAME"]


def visitor(redis: RedisServer, **config: Any) -> FlaskClient:
    """A browser at an app of its own."""
    app = create_app({"WTF_CSRF_ENABLED": False, "SECRET_KEY": "shared", **config}, redis.socket)
    app.testing = False  # an exception must become a page, as for a visitor
    return app.test_client()


def log_in(client: FlaskClient) -> None:
    answer = client.post("/login", data={"name": "ada", "password": "analytical"}, base_url=BASE)
    assert answer.status_code == 303


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie(COOKIE, domain="localhost")
    assert found
    return found.value


def show(client: FlaskClient, value: str) -> str:
    """The page that this cookie gets."""
    client.set_cookie(COOKIE, value, domain="localhost", secure=True)
    return client.get("/", base_url=BASE).text


def identifiers(client: Redis) -> set[str]:
    keys = (key.decode() if isinstance(key, bytes) else key for key in client.scan_iter(f"{KEY_PREFIX}*"))
    return {key.removeprefix(KEY_PREFIX) for key in keys}


def commands_asked(client: Redis) -> int:
    """How often anybody asked for values or wrote some (the greetings of new connections do not count)."""
    statistics = client.info("commandstats")
    return sum(statistics.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("get", "set", "del"))


def test_a_login_at_one_app_is_known_to_the_other(redis: RedisServer) -> None:
    here, there = visitor(redis), visitor(redis)
    log_in(here)
    assert "Welcome back, ada. Visit 1." in here.get("/", base_url=BASE).text
    assert "Welcome back, ada. Visit 2." in show(there, cookie(here))


def test_the_cookie_says_nothing_and_the_session_is_kept_for_half_an_hour(
    redis: RedisServer, client: Redis
) -> None:
    here = visitor(redis)
    log_in(here)
    assert identifiers(client) == {cookie(here)}
    assert len(cookie(here)) == 43
    assert 1700 < client.ttl(KEY_PREFIX + cookie(here)) <= 1800


def test_a_copied_cookie_is_dead_after_the_logout_at_any_app(redis: RedisServer, client: Redis) -> None:
    here, there, thief = visitor(redis), visitor(redis), visitor(redis)
    log_in(here)
    stolen = cookie(here)
    assert "ada" in show(thief, stolen)
    there.set_cookie(COOKIE, stolen, domain="localhost", secure=True)
    assert there.post("/logout", base_url=BASE).status_code == 303
    assert there.get_cookie(COOKIE, domain="localhost") is None
    assert "ada" not in show(thief, stolen)
    assert identifiers(client) == set()


def test_a_login_is_kept_for_twelve_hours_at_most_however_busy_its_owner_is(
    redis: RedisServer, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = visitor(redis)
    log_in(here)
    began = time.time()
    monkeypatch.setattr("time.time", lambda: began + 11.9 * 3600)
    assert "Welcome back, ada." in here.get("/", base_url=BASE).text
    assert 300 < client.ttl(KEY_PREFIX + cookie(here)) <= 360  # and not the half hour of others


def test_the_line_that_erases_the_cookie_is_one_that_browsers_heed(redis: RedisServer) -> None:
    here = visitor(redis)
    log_in(here)
    (line,) = here.post("/logout", base_url=BASE).headers.getlist("Set-Cookie")
    assert line.startswith("__Host-step07_session=; Expires=Thu, 01 Jan 1970")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))


def test_a_request_that_began_before_the_logout_does_not_revive_the_session(
    redis: RedisServer, client: Redis
) -> None:
    late, here = visitor(redis), visitor(redis)
    log_in(here)
    stolen = cookie(here)

    @late.application.get("/late")
    def answer_late() -> str:
        from flask import session

        session["seen"] = session["name"]
        here.post("/logout", base_url=BASE)
        return "done"

    late.set_cookie(COOKIE, stolen, domain="localhost", secure=True)
    assert late.get("/late", base_url=BASE).text == "done"
    assert identifiers(client) == set()


def test_a_login_gets_a_new_identifier(redis: RedisServer, client: Redis) -> None:
    here = visitor(redis, WTF_CSRF_ENABLED=True)
    here.get("/sign", base_url=BASE)
    before = cookie(here)
    here.application.config["WTF_CSRF_ENABLED"] = False
    log_in(here)
    assert cookie(here) != before
    assert identifiers(client) == {cookie(here)}


@pytest.mark.parametrize("invented", ["chosen-by-a-stranger", "", "*", "ä", "x" * 4000])
def test_an_identifier_that_a_visitor_invented_is_never_adopted(
    redis: RedisServer, client: Redis, invented: str
) -> None:
    here = visitor(redis, WTF_CSRF_ENABLED=True)
    here.set_cookie(COOKIE, invented, domain="localhost", secure=True)
    here.get("/sign", base_url=BASE)  # the form's token is kept in a session
    assert cookie(here) != invented
    assert identifiers(client) == {cookie(here)}


def test_a_stranger_leaves_nothing_in_redis(redis: RedisServer, client: Redis) -> None:
    here = visitor(redis)
    answer = here.get("/", base_url=BASE)
    assert "Set-Cookie" not in answer.headers
    assert identifiers(client) == set()


@pytest.mark.parametrize("path", ["/whoami", "/healthz", "/download?bytes=1"])
def test_a_page_that_needs_no_session_asks_redis_nothing(
    redis: RedisServer, client: Redis, path: str
) -> None:
    here = visitor(redis)
    log_in(here)
    before = commands_asked(client)
    assert here.get(path, base_url=BASE).status_code == 200
    assert commands_asked(client) == before


def test_without_a_cookie_not_even_a_page_with_a_menu_asks_redis(redis: RedisServer, client: Redis) -> None:
    here = visitor(redis)
    before = commands_asked(client)
    assert here.get("/hello", base_url=BASE).status_code == 200
    assert commands_asked(client) == before


class Bomb:
    """What a pickle may do: call anything."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('a pickle was loaded')",)


@pytest.mark.parametrize("stored", [pickle.dumps(Bomb()), b"", b"\xc1", b"\x93\x01\x02\x03", b"{}"])
def test_a_value_that_is_no_session_is_never_run_and_makes_a_stranger(
    redis: RedisServer, client: Redis, stored: bytes
) -> None:
    client.set(KEY_PREFIX + "planted", stored)
    assert "No entries yet" in show(visitor(redis), "planted")


class TestWhileRedisIsAway:
    """What needs neither session nor entries works; the rest says when to come back."""

    @pytest.mark.parametrize("path", ["/hello?name=Zoë", "/healthz", "/whoami", "/slow?seconds=0"])
    def test_pages_without_state_work_even_for_somebody_who_is_logged_in(
        self, redis: RedisServer, path: str
    ) -> None:
        here = visitor(redis)
        log_in(here)
        redis.stop()
        assert here.get(path, base_url=BASE).status_code == 200

    @pytest.mark.parametrize("path", ["/", "/sign", "/login"])
    @pytest.mark.parametrize("known", [True, False])
    def test_pages_with_state_say_503_and_when_to_come_back(
        self, redis: RedisServer, path: str, known: bool
    ) -> None:
        here = visitor(redis, WTF_CSRF_ENABLED=False)
        if known:
            log_in(here)
        here.application.config["WTF_CSRF_ENABLED"] = True
        redis.stop()
        answer = here.get(path, base_url=BASE)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "out of reach for a moment" in answer.text
        assert "Traceback" not in answer.text
        assert "Set-Cookie" not in answer.headers

    @pytest.mark.parametrize("path", ["/guestbook", "/logout", "/login"])
    @pytest.mark.parametrize("guarded", [True, False])
    def test_a_form_is_answered_503_and_not_as_forged(
        self, redis: RedisServer, path: str, guarded: bool
    ) -> None:
        here = visitor(redis)
        log_in(here)
        here.application.config["WTF_CSRF_ENABLED"] = guarded
        redis.stop()
        fields = {"name": "ada", "message": "hello", "password": "analytical", "csrf_token": "x"}
        answer = here.post(path, data=fields, base_url=BASE, headers={"Referer": BASE + "/"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")

    def test_ready_says_no_and_alive_says_yes(self, redis: RedisServer) -> None:
        here = visitor(redis)
        assert here.get("/readyz", base_url=BASE).status_code == 200
        redis.stop()
        assert here.get("/readyz", base_url=BASE).status_code == 503
        assert here.get("/healthz", base_url=BASE).status_code == 200

    def test_everything_is_back_when_redis_is_back(self, redis: RedisServer) -> None:
        here = visitor(redis)
        log_in(here)
        redis.kill()
        assert here.get("/", base_url=BASE).status_code == 503
        redis.start()
        assert "Welcome back, ada." in here.get("/", base_url=BASE).text
        assert here.get("/readyz", base_url=BASE).status_code == 200


def test_every_answer_names_the_app(redis: RedisServer) -> None:
    here = visitor(redis, SERVED_BY="app2")
    assert here.get("/whoami", base_url=BASE).headers["X-Served-By"] == "app2"
    assert here.get("/nowhere", base_url=BASE).headers["X-Served-By"] == "app2"
