"""The connection to Redis: it gives up soon, and it tries again only what may safely happen twice."""

from pathlib import Path

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

PASSWORD = "redis_password"  # the file beside the socket; redis_users.py tells of it

# Redis answers in well under a millisecond. Whoever has not heard from it after half a second will not; and a
# thread that waits is a thread that serves nobody.
ANSWER_SECONDS = 0.5

# After 50, 100 and 200 ms: enough to bridge a hiccup, too short for visitors to pile up.
RETRIES = 3


def connect(socket_path: Path, *, retries: int = RETRIES) -> Redis:
    """A client that connects when it is first used. One client serves all threads of a process."""
    password = socket_path.with_name(PASSWORD)
    # A lost connection is tried again. Silence is not: whoever waited in vain once would wait in vain again.
    retry = Retry(ExponentialBackoff(cap=0.2, base=0.05), retries, supported_errors=(RedisConnectionError,))
    return Redis(
        unix_socket_path=str(socket_path),
        password=password.read_text(encoding="ascii") if password.exists() else None,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=retry,
    )
