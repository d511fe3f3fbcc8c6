"""Failed logins, counted by all apps together in a real Redis."""

from redis import Redis

from step04_flask.guesses import FAILURES_OF_AN_ADDRESS, WINDOW
from step07_load_balancing.counters import PREFIX, RedisCounters
from step07_load_balancing.tests.real_redis import RedisServer
from step07_load_balancing.tests.test_sessions import BASE, visitor


def log_in(redis: RedisServer, password: str) -> int:
    """Try a password at an app of its own; the status."""
    answer = visitor(redis).post("/login", data={"name": "ada", "password": password}, base_url=BASE)
    if answer.status_code == 429:
        assert 0 < int(answer.headers["Retry-After"]) <= WINDOW
    return answer.status_code


def test_a_guesser_is_no_newcomer_at_another_app(redis: RedisServer) -> None:
    statuses = [log_in(redis, "guessed") for _ in range(FAILURES_OF_AN_ADDRESS)]
    assert statuses == [403] * FAILURES_OF_AN_ADDRESS
    assert log_in(redis, "guessed") == 429
    assert log_in(redis, "analytical") == 429


def test_counts_are_forgotten_by_redis_itself(redis: RedisServer, client: Redis) -> None:
    counters = RedisCounters(redis.socket)
    assert counters.read("a")[0] == 0
    counters.add("a", 100)
    client.expire(PREFIX + "a", 50)  # as if half of the time were over
    counters.add("a", 100)
    assert counters.read("a") == (2, 50)
    assert client.ttl(PREFIX + "a") <= 50


def test_a_login_while_redis_is_away_is_neither_let_in_nor_blamed(redis: RedisServer) -> None:
    here = visitor(redis)
    redis.stop()
    answer = here.post("/login", data={"name": "ada", "password": "analytical"}, base_url=BASE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Set-Cookie" not in answer.headers
