"""One request and its answer on a connection.

It guarantees that every request which arrives is answered or refused, and that the connection goes on only
when both sides agree where the next message begins.
It refuses to know what the pages are: `handle` gets each exchange and answers it.
"""

import io
import time
import traceback
from collections.abc import Callable, Iterable
from typing import IO, BinaryIO

from step01_socket_server.server import close_gently, log
from step02_http.body import Decoder
from step02_http.connection import ClientGone, Connection
from step02_http.message import Headers, HTTPError, Request, Response
from step02_http.writer import Writer


class RequestBody(io.RawIOBase):
    """The body as a file: read from the connection when somebody wants it, and never past its end."""

    def __init__(self, connection: Connection, request: Request, decoder: Decoder):
        self.connection, self.decoder = connection, decoder
        # RFC 9110, 10.1.1: the client waits for our word before it sends the body; a 1.0 client cannot.
        self.expected = request.version != "HTTP/1.0" and "100-continue" in request.tokens("expect")
        self.deadline: float | None = None
        self.failure: HTTPError | None = None

    def readable(self) -> bool:
        """Say that this is a file to read from."""
        return True

    def readinto(self, view: "memoryview") -> int:  # type: ignore[override]
        """Fill the view with what has arrived; 0 is the end of the body, not of the connection."""
        connection = self.connection
        try:
            while not (data := self.decoder.decode(connection.buffer, len(view))) and not self.decoder.done:
                if self.expected and not connection.buffer:
                    connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.expected = False
                self.deadline = self.deadline or time.monotonic() + connection.limits.body
                connection.receive(self.deadline)
        except HTTPError as error:
            self.failure = error  # an application may swallow it; the answer must not
            raise
        view[: len(data)] = data
        return len(data)


class Exchange:
    """A request and the means to answer it: `start`, then `write` any number of times, then `finish`."""

    writer: Writer

    def __init__(self, connection: Connection, request: Request, keep_alive: bool):
        self.connection, self.request, self.keep_alive = connection, request, keep_alive
        self.decoder = Decoder(request.length, connection.limits.content)
        self.reader = None if self.decoder.done else RequestBody(connection, request, self.decoder)
        self.body: BinaryIO = io.BufferedReader(self.reader) if self.reader else io.BytesIO()
        self.started = self.begun = False  # there is a head; it is sent, and cannot change any more

    def start(self, status: str, headers: Headers) -> None:
        """Take the head. It waits for the first block, so that a small answer leaves in one piece."""
        self.writer = Writer(self.request, status, headers)
        self.started = True

    def begin(self, length: int | None) -> bytes:
        """Return the head, the first time. `length` is the content's, if whoever answers knows it."""
        if self.begun:
            return b""
        if not self.started:
            raise RuntimeError("an answer begins with its status, and nobody has told it")
        if self.reader and self.reader.failure:  # the application may have swallowed it
            raise self.reader.failure
        if self.reader:
            self.reader.expected = False  # it is too late to say "100 Continue"
        self.begun = True
        # What is left of an unread body would be taken for the next request.
        persist = self.keep_alive and self.decoder.done and self.request.wants_keep_alive
        return self.writer.head(persist, length)

    def write(self, data: bytes, length: int | None = None) -> None:
        """Send a block of content, with the first one the head: until then the answer may still change."""
        if not isinstance(data, bytes):
            raise TypeError(f"content is bytes, not {type(data).__name__}")
        if data:
            self.connection.send(self.begin(length) + self.writer.block(data))

    def write_file(self, file: IO[bytes], size: int) -> None:
        """Send `size` bytes of a file as the content."""
        self.connection.send(self.begin(size))
        if room := self.writer.room(size):
            self.writer.sent += self.connection.send_file(file, room)

    def write_all(self, blocks: Iterable[bytes]) -> None:
        """Send every block of the content. Of a single one the length is known."""
        single = isinstance(blocks, (list, tuple)) and len(blocks) == 1
        for block in blocks:
            self.write(block, len(block) if single else None)

    def finish(self) -> None:
        """Send what closes the body. If there was none, that is its length (HEAD has none in any case)."""
        head = self.begin(None if self.request.method == "HEAD" else 0)
        self.connection.send(head + self.writer.end())

    def respond(self, response: Response) -> None:
        """Send a whole answer."""
        self.start(response.status, response.headers)
        self.write_all(response.blocks)
        self.finish()

    def refuse(self, error: HTTPError) -> None:
        """Answer with an error, unless an answer has begun: then only cutting it off tells the truth."""
        if self.begun:
            self.writer.persist = False
        else:
            self.reader = None  # what it failed at is what is told now
            self.respond(error.response())

    def carry_out(self, handle: "Handle") -> None:
        """Let `handle` answer, and answer for it if it cannot."""
        try:
            if self.request.refusal:
                raise self.request.refusal
            handle(self)
        except HTTPError as error:
            self.refuse(error)
        except Exception:  # a mistake of ours costs one answer, not the server
            log(traceback.format_exc())
            self.refuse(HTTPError("500 Internal Server Error", "the server met a mistake of its own"))


Handle = Callable[[Exchange], None]


def serve(connection: Connection, request: Request, handle: Handle, keep_alive: bool) -> bool:
    """Answer a request; return whether the connection can carry another."""
    exchange = Exchange(connection, request, keep_alive)
    try:
        exchange.carry_out(handle)
    except (ClientGone, HTTPError) as gone:  # the error: even the refusal could not be sent
        log(f"{connection.client} went away: {gone.__cause__ or gone}")
        return False
    writer = exchange.writer
    if not connection.quiet:
        log(f'{connection.client} "{request.method} {request.target}" {writer.status[:3]} {writer.sent}')
    if not writer.persist and (request.wants_keep_alive or not exchange.decoder.done):
        close_gently(connection.socket, connection.limits.linger)  # more may come, and cause a reset
    return writer.persist
