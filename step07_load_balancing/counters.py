"""The counts of failed logins in Redis: a guesser who is sent to another app is no newcomer there."""

from step07_load_balancing.redis_client import RedisSocket, connect

PREFIX = "step07:guesses:"


class RedisCounters:
    """The counters of step04, kept by Redis instead of by the process."""

    def __init__(self, socket: RedisSocket) -> None:
        self._redis = connect(socket)

    def add(self, key: str, seconds: int) -> None:
        """Count one more. `nx` sets only what does not exist: the first failure alone starts the clock."""
        with self._redis.pipeline(transaction=True) as transaction:
            transaction.set(PREFIX + key, 0, ex=seconds, nx=True)
            transaction.incr(PREFIX + key)
            transaction.execute()

    def read(self, key: str) -> tuple[int, int]:
        """How many were counted, and in how many seconds they are forgotten."""
        with self._redis.pipeline(transaction=True) as transaction:
            transaction.get(PREFIX + key)
            transaction.ttl(PREFIX + key)
            count, seconds = transaction.execute()
        return int(count or 0), max(1, seconds)
