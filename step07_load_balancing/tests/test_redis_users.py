"""Who may ask Redis, and for what."""

import hashlib
import stat
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError

from step07_load_balancing import redis_users
from step07_load_balancing.redis_client import PASSWORD, connect
from step07_load_balancing.tests.real_redis import RedisServer
from step07_load_balancing.tests.test_sessions import BASE, visitor


def test_the_password_is_drawn_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    redis_users.ensure(tmp_path)
    password, users = (tmp_path / PASSWORD).read_text(), (tmp_path / redis_users.USERS).read_text()
    assert len(password) == 64
    assert stat.S_IMODE((tmp_path / PASSWORD).stat().st_mode) == 0o600
    assert password not in users
    assert hashlib.sha256(password.encode()).hexdigest() in users
    redis_users.ensure(tmp_path)
    assert ((tmp_path / PASSWORD).read_text(), (tmp_path / redis_users.USERS).read_text()) == (
        password,
        users,
    )


@pytest.mark.parametrize("password", [None, "", "guessed"])
def test_who_has_only_the_socket_is_told_nothing(redis: RedisServer, password: str | None) -> None:
    with (
        Redis(unix_socket_path=str(redis.socket), password=password) as stranger,
        pytest.raises(AuthenticationError),
    ):
        stranger.get("step07:entries")


@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",),
        ("CONFIG", "SET", "dir", "/tmp"),
        ("CONFIG", "GET", "*"),
        ("KEYS", "*"),
        ("EVAL", "return 1", "0"),
        ("SHUTDOWN",),
        ("GET", "another:key"),
    ],
    ids=" ".join,
)
def test_even_who_has_the_password_may_only_what_the_apps_need(
    client: Redis, command: tuple[str, ...]
) -> None:
    with pytest.raises(NoPermissionError):
        client.execute_command(*command)  # type: ignore[no-untyped-call]


def test_the_server_shows_no_password_in_the_list_of_processes(redis: RedisServer) -> None:
    password = redis.socket.with_name(PASSWORD).read_text()
    assert password not in " ".join(str(word) for word in redis.process.args)  # type: ignore[union-attr]


def test_an_app_with_a_wrong_password_says_that_redis_is_out_of_reach(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("step07_load_balancing.redis_client.PASSWORD", "redis.sock.missing")
    here = visitor(redis)
    assert here.get("/", base_url=BASE).status_code == 503
    assert here.get("/readyz", base_url=BASE).status_code == 503
    assert here.get("/hello", base_url=BASE).status_code == 200


def test_a_redis_that_demands_no_password_is_asked_without_one(tmp_path: Path) -> None:
    """The session ladder's own."""
    assert connect(tmp_path / "redis.sock").get_connection_kwargs()["password"] is None
