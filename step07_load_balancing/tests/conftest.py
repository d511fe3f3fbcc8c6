"""A real Redis for each test module; each test finds it running and empty."""

from collections.abc import Iterator

import pytest
from redis import Redis

from step07_load_balancing.tests.real_redis import RedisServer, redis_server
from step07_load_balancing.tests.real_stack import look_into


@pytest.fixture(scope="module")
def running_redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def redis(running_redis: RedisServer) -> RedisServer:
    """An empty Redis, which runs when the test begins."""
    if running_redis.process.poll() is not None:
        running_redis.start()
    with look_into(running_redis.socket) as client:
        for key in client.scan_iter():  # FLUSHALL is not for the apps' user
            client.delete(key)
    return running_redis


@pytest.fixture
def client(redis: RedisServer) -> Iterator[Redis]:
    """A connection of the test's own, to look at what is stored."""
    with look_into(redis.socket) as client:
        yield client
