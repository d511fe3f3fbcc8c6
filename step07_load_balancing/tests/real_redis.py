"""A real Redis on a Unix socket, with the configuration that the step uses."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from launcher import programs
from step07_load_balancing import redis_users
from step07_load_balancing.redis_client import connect
from step07_load_balancing.tests.real_stack import eventually, look_into

CONFIGURATION = Path("step07_load_balancing/redis/redis.conf").resolve()


class RedisServer:
    """A Redis of the step's own configuration, which can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        found = programs.find(programs.REDIS, os.environ)
        assert found, programs.install_command(programs.REDIS)
        redis_users.ensure(folder)
        # Without flushes no busy disk makes it wait; what is written survives it all the same, in the kernel.
        self._command = [found.path, str(CONFIGURATION), "--dir", str(folder), "--appendfsync", "no"]
        self.socket = folder / "redis.sock"
        self._log = (folder / "log").open("ab")
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers: it listens, in silence, before it has read its file."""
        self.process = subprocess.Popen(self._command, stdout=self._log, stderr=self._log)
        eventually(self._answers)

    def _answers(self) -> bool:
        try:
            with connect(self.socket, retries=0) as client:
                return bool(client.ping())
        except RedisError:
            return False

    def stop(self) -> None:
        """End it in order; what it was told is on disk."""
        self.process.terminate()
        self.process.wait()

    def kill(self) -> None:
        """End it at once, as a crash would, once its file has what it was told."""
        with look_into(self.socket) as client:
            wait_until_written(client)
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End it for good."""
        self.stop()
        self._log.close()


def wait_until_written(client: Redis) -> None:
    """Redis answers first and writes then, if the disk is busy with the flush of a second ago.

    It puts the writing off for two seconds at most; redis.conf tells of it, and a kill in that time may lose
    the last entry.
    """
    eventually(lambda: client.info("persistence")["aof_buffer_length"] == 0)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="redis-", dir="/tmp") as folder:
        server = RedisServer(Path(folder))
        try:
            yield server
        finally:
            server.close()
