"""One client's connection: the only file of this step that reads, writes and waits.

It guarantees that no client holds us longer than the time-outs say, however slowly it drips, and that bytes
after one request are kept for the next.
It refuses to know what is asked and answered: that is an exchange.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from step02_http.message import BadRequest, HTTPError, Request, refused
from step02_http.parser import parse_head

TOO_LATE = "408 Request Timeout"


@dataclass(frozen=True)
class Limits:
    """What one client may cost us, in seconds and bytes. Times for `head` and `body` are totals: a byte that
    arrives does not start them anew.
    """

    idle: float = 5.0  # without the first byte of a request
    head: float = 10.0
    body: float = 30.0
    send: float = 10.0  # for each block
    linger: float = 1.0
    content: int = 1_048_576  # bytes of a body


class ClientGone(BaseException):
    """The client reset the connection, or has ended it between requests: there is nobody left to answer.

    Not an Exception: an application that catches whatever goes wrong in it must not catch this.
    """


class Connection:
    """The socket, and the bytes that have arrived and belong to nobody yet."""

    def __init__(self, sock: socket.socket, client: str, limits: Limits, quiet: bool = False):
        self.socket, self.client, self.limits = sock, client, limits
        self.quiet = quiet  # no line in the log for each request
        self.buffer = bytearray()

    def next_request(self) -> Request | None:
        """Return the next request, or what stands for it if it earns a refusal, if its head has arrived."""
        try:
            return parse_head(self.buffer, self.limits.content)
        except HTTPError as error:
            return refused(error)

    def hear(self, deadline: float | None = None) -> Request | None:
        """Take what has arrived, or wait for it, and return the request if that completes a head."""
        try:
            self.receive(deadline)
        except HTTPError as error:
            if not self.buffer:  # no request has begun, so there is nothing to refuse
                raise ClientGone from error
            return refused(error)
        return self.next_request()

    def read_request(self) -> Request | None:
        """Wait for a request's head. None: the client left, or stayed silent, without having begun one."""
        try:
            request = self.next_request() or self.hear(time.monotonic() + self.limits.idle)
            deadline = time.monotonic() + self.limits.head
            while request is None:
                request = self.hear(deadline)
            return request
        except ClientGone:
            return None

    def receive(self, deadline: float | None) -> None:
        """Take what has arrived; if that is nothing, wait until the deadline, or without one not at all."""
        try:
            data = self.socket.recv(65536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            if deadline is None:
                return
            with self.waiting(deadline - time.monotonic()):
                data = self.socket.recv(65536)
        except OSError as error:
            raise ClientGone from error
        if not data:
            raise BadRequest("the connection ended before the request did")
        self.buffer += data

    def send(self, data: bytes) -> None:
        """Send all of it, or find that the client is gone."""
        try:
            # Mostly there is room for all of it.
            sent = self.socket.send(data, socket.MSG_DONTWAIT) if data else 0
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise ClientGone from error
        if sent < len(data):
            with self.waiting(self.limits.send):
                self.socket.sendall(data[sent:])

    def send_file(self, file: IO[bytes], size: int) -> int:
        """Let the kernel send up to `size` bytes of a file; return how many it found there."""
        with self.waiting(self.limits.send):
            return self.socket.sendfile(file, file.tell(), size)

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Let the socket wait, for that long at most."""
        try:
            self.socket.settimeout(max(seconds, 0.000_001))
            yield
        except TimeoutError:
            raise HTTPError(TOO_LATE, "the request did not come in time, or nobody took the answer") from None
        except OSError as error:
            raise ClientGone from error
        finally:
            self.socket.settimeout(None)
