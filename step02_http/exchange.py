"""One request and its answer on a connection.

It guarantees that every request which arrives is answered or refused, and that the connection goes on only
when both sides agree where the next message begins.
It refuses to know what the pages are: `handle` gets each exchange and answers it.
"""

import io
import time
import traceback
from collections.abc import Callable

from step01_socket_server.server import close_gently, log
from step02_http.body import decoder_for
from step02_http.connection import ClientGone, Connection
from step02_http.errors import HTTPError
from step02_http.message import Headers, Request, Response
from step02_http.writer import Writer


class RequestBody(io.RawIOBase):
    """The body as a file: read from the connection when somebody wants it, and never past its end."""

    def __init__(self, connection: Connection, request: Request):
        self.connection = connection
        self.decoder = decoder_for(request, connection.limits)
        # RFC 9110, 10.1.1: the client waits for our word before it sends the body; a 1.0 client cannot.
        self.expected = request.version != "HTTP/1.0" and "100-continue" in request.tokens("expect")
        self.deadline: float | None = None
        self.failure: HTTPError | None = None

    def readable(self) -> bool:
        """Say that this is a file to read from."""
        return True

    def readinto(self, view: "memoryview") -> int:  # type: ignore[override]
        """Fill the view with what has arrived; 0 is the end of the body, not of the connection."""
        try:
            data = self.next_bytes(len(view))
        except HTTPError as error:
            self.failure = error  # an application may swallow it; the answer must not
            raise
        view[: len(data)] = data
        return len(data)

    def next_bytes(self, size: int) -> bytes:
        """Return some bytes of content, or b"" at the end."""
        while True:
            data = self.decoder.decode(self.connection.buffer, size)
            if data or self.decoder.done:
                return data
            if self.expected and not self.connection.buffer:
                self.connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.expected = False
            self.deadline = self.deadline or time.monotonic() + self.connection.timeouts.body
            self.connection.receive(self.deadline)


class Exchange:
    """A request and the means to answer it: `start`, then `write` any number of times, then `finish`."""

    def __init__(self, connection: Connection, request: Request, keep_alive: bool):
        self.connection = connection
        self.request = request
        self.raw_body = RequestBody(connection, request)
        self.body = io.BufferedReader(self.raw_body)
        self.keep_alive = keep_alive and request.wants_keep_alive
        self.status = ""  # empty until something was sent
        self.sent = 0

    def start(self, status: str, headers: Headers) -> None:
        """Make the head. It waits for the first block, so that a small answer leaves in one piece."""
        # What is left of an unread body would be taken for the next request.
        self.writer = Writer(self.request, self.keep_alive and self.raw_body.decoder.done)
        self.held = self.writer.head(status, headers)
        self.pending_status = status

    def write(self, data: bytes) -> None:
        """Send a block of content."""
        self.send(self.writer.block(data))

    def finish(self) -> None:
        """Send what closes the body."""
        self.send(self.writer.end())

    def send(self, data: bytes) -> None:
        """Send the head, if it still waits, with the data."""
        if self.held or data:
            self.status = self.pending_status
            self.raw_body.expected = False  # it is too late to say "100 Continue"
            self.connection.send(self.held + data)
            self.held = b""
            self.sent += len(data)

    def respond(self, response: Response) -> None:
        """Send a whole answer."""
        self.start(response.status, response.headers)
        for block in response.blocks:
            self.write(block)
        self.finish()

    def refuse(self, error: HTTPError) -> None:
        """Answer with an error, unless an answer has begun: then only cutting it off tells the truth."""
        if self.status:
            self.writer.persist = False
        else:
            self.respond(error.response())


Handle = Callable[[Exchange], None]
UNREADABLE = Request("-", "-", "-", "", "HTTP/1.1", ())  # stands for a request that could not be understood


def serve_one(connection: Connection, handle: Handle, keep_alive: bool) -> bool:
    """Read one request and answer it; return whether the connection can carry another."""
    try:
        exchange = answer_one(connection, handle, keep_alive)
    except ClientGone as gone:
        log(f"{connection.client} went away: {gone.__cause__}")
        return False
    if exchange is None:
        return False
    request = exchange.request
    log(f'{connection.client} "{request.method} {request.target}" {exchange.status[:3]} {exchange.sent}')
    client_ends = exchange.raw_body.decoder.done and not request.wants_keep_alive
    if not exchange.writer.persist and not client_ends:  # more may come, and would make TCP send a reset
        close_gently(connection.socket, connection.timeouts.linger)
    return exchange.writer.persist


def answer_one(connection: Connection, handle: Handle, keep_alive: bool) -> Exchange | None:
    """Carry out one exchange; None when the client ended or stayed silent instead."""
    exchange = None
    try:
        if request := connection.read_request():
            exchange = Exchange(connection, request, keep_alive)
            handle(exchange)
    except ClientGone:
        raise
    except Exception as error:
        if not isinstance(error, HTTPError):  # a mistake of ours costs one answer, not the server
            log(traceback.format_exc())
            error = HTTPError("the server met a mistake of its own")
        exchange = exchange or Exchange(connection, UNREADABLE, keep_alive=False)
        exchange.refuse(error)
    return exchange
