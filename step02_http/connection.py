"""One client's connection: the only file of this step that reads, writes and waits.

It guarantees that no client holds us longer than the time-outs say, however slowly it drips, and that bytes
after one request are kept for the next.
It refuses to know what is asked and answered: that is an exchange.
"""

import socket
import time
from contextlib import suppress
from dataclasses import dataclass

from step02_http.errors import BadRequest, RequestTimeout
from step02_http.message import Request
from step02_http.parser import Limits, parse_head


@dataclass(frozen=True)
class Timeouts:
    """Seconds. `head` and `body` are totals: a byte that arrives does not start them anew."""

    idle: float = 5.0  # without the first byte of a request
    head: float = 10.0
    body: float = 30.0
    send: float = 10.0  # for each block
    linger: float = 1.0


class ClientGone(Exception):
    """The client reset the connection or stopped reading: there is nobody left to answer."""


class Connection:
    """The socket, and the bytes that have arrived and belong to nobody yet."""

    def __init__(self, sock: socket.socket, client: str, limits: Limits, timeouts: Timeouts):
        with suppress(OSError):  # macOS refuses if the client is gone already; the first read will tell
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a small last block waits for no ACK
        self.socket, self.client, self.limits, self.timeouts = sock, client, limits, timeouts
        self.buffer = bytearray()

    def read_request(self) -> Request | None:
        """Wait for a request's head. None: the client left, or stayed silent, without having begun one."""
        if not self.buffer:
            try:
                self.receive(time.monotonic() + self.timeouts.idle)
            except (BadRequest, RequestTimeout):
                return None
        deadline = time.monotonic() + self.timeouts.head
        while (request := parse_head(self.buffer, self.limits)) is None:
            self.receive(deadline)
        return request

    def receive(self, deadline: float) -> None:
        """Wait for more bytes, until the deadline at most."""
        try:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.000_001))
            data = self.socket.recv(65536)
        except TimeoutError:
            raise RequestTimeout("the request did not arrive in time") from None
        except OSError as error:
            raise ClientGone from error
        if not data:
            raise BadRequest("the connection ended before the request did")
        self.buffer += data

    def send(self, data: bytes) -> None:
        """Send all of it, or find that the client is gone."""
        try:
            self.socket.settimeout(self.timeouts.send)
            self.socket.sendall(data)
        except OSError as error:
            raise ClientGone from error
