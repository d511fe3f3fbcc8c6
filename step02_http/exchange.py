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

    request: Request
    body: io.BufferedReader

    def __init__(self, connection: Connection):
        self.connection = connection
        self.request_line = "-"
        self.raw_body: RequestBody | None = None
        self.writer = Writer(None, persist=False)
        self.held = b""  # the head, until it can leave together with the first block
        self.status = ""  # empty until something was sent
        self.sent = 0

    def accept(self, request: Request, keep_alive: bool) -> None:
        """Take note of what is asked, and find where its body ends."""
        self.request = request
        self.request_line = f"{request.method} {request.target} {request.version}"
        self.writer = Writer(request, keep_alive and request.wants_keep_alive)
        self.raw_body = RequestBody(self.connection, request)
        self.body = io.BufferedReader(self.raw_body)

    @property
    def request_is_whole(self) -> bool:
        """Whether the request was understood and read to its end."""
        return self.raw_body is not None and self.raw_body.decoder.done

    def start(self, status: str, headers: Headers) -> None:
        """Make the head. It waits for the first block, so that a small answer leaves in one piece."""
        if self.raw_body and self.raw_body.failure:
            raise self.raw_body.failure
        # What is left of an unread body would be taken for the next request.
        self.writer.persist = self.writer.persist and self.request_is_whole
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
            whole = self.held + data  # fails if it is not bytes, and then nothing was sent yet
            self.status = self.pending_status
            self.connection.send(whole)
            self.held = b""
            self.sent += len(data)

    def respond(self, response: Response) -> None:
        """Send a whole answer."""
        self.start(response.status, response.headers)
        try:
            for block in response.blocks:
                self.write(block)
        finally:
            close = getattr(response.blocks, "close", None)  # a generator may hold a file
            if close:
                close()
        self.finish()

    def refuse(self, error: HTTPError) -> None:
        """Answer with an error, unless an answer has begun: then only cutting it off tells the truth."""
        if self.status:
            self.writer.persist = False
            return
        self.writer = Writer(self.writer.request, self.writer.persist)
        if self.raw_body:
            self.raw_body.failure = None  # this is the answer that tells it
        self.respond(error.response())


Handle = Callable[[Exchange], None]


def serve_one(connection: Connection, handle: Handle, keep_alive: bool) -> bool:
    """Read one request and answer it; return whether the connection can carry another."""
    exchange = Exchange(connection)
    try:
        if not serve(exchange, handle, keep_alive):
            return False
    except ClientGone as gone:
        log(f'{connection.client} "{exchange.request_line}" went away: {gone.__cause__}')
        return False
    log(f'{connection.client} "{exchange.request_line}" {exchange.status[:3]} {exchange.sent}')
    persist = exchange.writer.persist
    client_ends = exchange.request_is_whole and not exchange.request.wants_keep_alive
    if not persist and not client_ends:  # more may come, and would make TCP send a reset
        close_gently(connection.socket, connection.timeouts.linger)
    return persist


def serve(exchange: Exchange, handle: Handle, keep_alive: bool) -> bool:
    """Carry out one exchange; return False when there was no request."""
    try:
        request = exchange.connection.read_request()
        if request is None:
            return False
        exchange.accept(request, keep_alive)
        handle(exchange)
    except HTTPError as error:
        exchange.refuse(error)
    except ClientGone:
        raise
    except Exception:  # a mistake of ours costs one answer, not the server
        log(traceback.format_exc())
        exchange.refuse(HTTPError("the server met a mistake of its own"))
    return True
