"""The connection to Redis: it gives up soon, and it tries again only what may safely happen twice."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

PASSWORD = "redis_password"  # the file beside the socket; redis_users.py tells of it


@dataclass(frozen=True)
class TcpSocket:
    """Where Redis listens when it is not on this machine, as in containers; the file has the password."""

    host: str
    password: Path
    port: int = 6379


RedisSocket = Path | TcpSocket  # a Unix socket is a path
# By TCP each try may look up a name in vain for a second, and nginx waits for five (retries.conf).
TCP_RETRIES = 1

# Redis answers in well under a millisecond. Whoever has not heard from it after half a second will not; and a
# thread that waits is a thread that serves nobody.
ANSWER_SECONDS = 0.5

# After 50, 100 and 200 ms: enough to bridge a hiccup, too short for visitors to pile up.
RETRIES = 3


def connect(socket: RedisSocket, *, retries: int = RETRIES) -> Redis:
    """A client that connects when it is first used. One client serves all threads of a process."""
    password = socket.with_name(PASSWORD) if isinstance(socket, Path) else socket.password
    # A lost connection is tried again. Silence is not: whoever waited in vain once would wait in vain again.
    tries = retries if isinstance(socket, Path) else min(retries, TCP_RETRIES)
    retry = Retry(ExponentialBackoff(cap=0.2, base=0.05), tries, supported_errors=(RedisConnectionError,))
    return Redis(
        **_where(socket),
        password=password.read_text(encoding="ascii") if password.exists() else None,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=retry,
    )


def _where(socket: RedisSocket) -> dict[str, Any]:
    if isinstance(socket, Path):
        return {"unix_socket_path": str(socket)}
    return {"host": socket.host, "port": socket.port}
