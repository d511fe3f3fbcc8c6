"""The guest book in Redis: one list, which every app sees, and which outlives them all."""

import msgspec
from redis.exceptions import RedisError

from step04_flask.guestbook import Entry
from step07_load_balancing.redis_client import RedisSocket, connect

KEY = "step07:entries"
KEPT = 1000  # the page shows 50; the list must not grow for ever either


class RedisGuestbook:
    """The guest book of step04, kept by Redis instead of by the process."""

    def __init__(self, socket: RedisSocket) -> None:
        self._reader = connect(socket)
        # When the connection breaks after LPUSH was sent, nobody knows whether the entry is in. Sending it
        # again might write it twice; so the writer reports the error, and the visitor decides.
        self._writer = connect(socket, retries=0)

    def sign(self, entry: Entry) -> None:
        """Add an entry and drop the oldest beyond the bound, as one transaction (MULTI … EXEC)."""
        with self._writer.pipeline(transaction=True) as transaction:
            transaction.lpush(KEY, msgspec.json.encode(entry))
            transaction.ltrim(KEY, 0, KEPT - 1)
            transaction.execute()

    def newest(self, count: int) -> list[Entry]:
        """The newest entries, newest first."""
        return [msgspec.json.decode(stored, type=Entry) for stored in self._reader.lrange(KEY, 0, count - 1)]

    def is_reachable(self) -> bool:
        """Whether Redis answers now."""
        try:
            return bool(self._writer.ping())
        except RedisError:
            return False
