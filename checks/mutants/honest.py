"""A small guest book server that keeps every claim of steps 01 to 03, as a good learner might write it.

Plain sockets, a thread for each connection, one worker process and a parent that replaces it. It shares no
code with the steps. Its methods are small, so that a mutant (servers.py) is wrong by one of them alone.
"""

import html
import mimetypes
import os
import re
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote

STATIC = Path(__file__).with_name("static")
FORM = (
    '<form method="post" action="/guestbook"><input name="name"><textarea name="message"></textarea></form>'
)
Fields = list[tuple[str, str]]


@dataclass
class Request:
    """What was asked."""

    method: str
    path: str
    query: str
    version: str
    fields: Fields
    body: bytes = b""

    @property
    def persists(self) -> bool:
        """Whether the client wants to ask again on this connection."""
        return self.version == "HTTP/1.1" and ("connection", "close") not in self.fields


@dataclass
class Answer:
    """What is answered: `blocks` have `length` bytes in all."""

    status: str
    fields: Fields
    blocks: Iterable[bytes]
    length: int


class Refused(Exception):
    """A request that is not answered as it wishes: the status, and fields that go with it."""

    def __init__(self, status: str, *fields: tuple[str, str]):
        super().__init__(status)
        self.status, self.fields = status, list(fields)


class Honest:
    """The server."""

    LINE, HEAD, BODY = 8_000, 32_000, 100_000  # bytes, at most

    def __init__(self) -> None:
        self.entries: list[tuple[str, str]] = []

    # ---- processes and threads

    def run(self, listener: socket.socket) -> None:
        """Be the parent: keep one worker alive."""
        while True:
            worker = os.fork()
            if not worker:
                self.serve(listener)
            os.waitpid(worker, 0)

    def serve(self, listener: socket.socket) -> None:
        """Accept everybody."""
        while True:
            with suppress(ConnectionAbortedError):
                self.welcome(listener.accept()[0])

    def welcome(self, visitor: socket.socket) -> None:
        """Give the visitor a thread."""
        threading.Thread(target=self.converse, args=(visitor,), daemon=True).start()

    def converse(self, visitor: socket.socket) -> None:
        """Answer the visitor until one of us has had enough."""
        with visitor, suppress(OSError):
            self.answer_all(visitor)

    def answer_all(self, visitor: socket.socket) -> None:
        """Answer one request after the other; what came behind one is the beginning of the next."""
        visitor.settimeout(15)
        visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = bytearray()
        while self.answer_one(visitor, buffer):
            pass
        self.hang_up(visitor)

    def hang_up(self, visitor: socket.socket) -> None:
        """End our side, then read what still comes: closing with unread bytes would be a reset."""
        visitor.shutdown(socket.SHUT_WR)
        visitor.settimeout(1)
        while visitor.recv(65536):
            pass

    # ---- a request and its answer

    def answer_one(self, visitor: socket.socket, buffer: bytearray) -> bool:
        """Whether another request may follow."""
        request, persists = Request("GET", "", "", "HTTP/1.1", []), False
        try:
            head = self.read_head(visitor, buffer)
            if not head:
                return False
            request = self.parse(head)
            request.body = self.read_body(visitor, buffer, request.fields)
            persists = request.persists
            answer = self.find_page(request)
        except Refused as refusal:
            persists = persists and self.may_go_on(refusal)
            answer = self.text(refusal.status + "\n", "text/plain", refusal.status, *refusal.fields)
        self.send(visitor, answer, request, persists)
        return persists

    def may_go_on(self, refusal: Refused) -> bool:
        """After a request that was not understood, nobody knows where the next one begins."""
        return refusal.status[:3] in ("404", "405")

    def receive(self, visitor: socket.socket) -> bytes:
        """Some bytes; b"" when the visitor has left."""
        return visitor.recv(65536)

    def read_head(self, visitor: socket.socket, buffer: bytearray) -> bytes:
        """All up to the empty line; b"" when the visitor has left."""
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            self.limit(bytes(buffer))
            data = self.receive(visitor)
            if not data:
                return b""
            buffer += data
        head = bytes(buffer[:end])
        self.limit(head)
        del buffer[: end + 4]
        return head

    def limit(self, head: bytes) -> None:
        """Refuse what is too long already."""
        if len(head.split(b"\r\n", 1)[0]) > self.LINE:
            raise Refused("414 URI Too Long")
        if len(head) > self.HEAD:
            raise Refused("431 Request Header Fields Too Large")

    def parse(self, head: bytes) -> Request:
        """Read the head."""
        first, *lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"([A-Z]+) ([!-~]+) (HTTP/1\.[01])", first)
        fields = self.parse_fields(lines)
        if not match:
            raise Refused("400 Bad Request")
        self.check_host(fields)
        path, _, query = match[2].partition("?")
        return Request(match[1], path, query, match[3], fields)

    def parse_fields(self, lines: list[str]) -> Fields:
        """Read the header lines."""
        parted = [line.partition(":") for line in lines]
        if not all(colon and re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name) for name, colon, _ in parted):
            raise Refused("400 Bad Request")
        return [(name.lower(), value.strip()) for name, _, value in parted]

    def check_host(self, fields: Fields) -> None:
        """There is one."""
        if [name for name, _ in fields].count("host") != 1:
            raise Refused("400 Bad Request")

    def body_length(self, fields: Fields) -> int | None:
        """How many bytes the body has; None: it comes in chunks."""
        lengths = [value for name, value in fields if name == "content-length"]
        codings = [value.lower() for name, value in fields if name == "transfer-encoding"]
        if codings:
            if lengths or codings != ["chunked"]:
                raise Refused("400 Bad Request")
            return None
        if len(lengths) > 1 or not all(re.fullmatch("[0-9]{1,15}", length) for length in lengths):
            raise Refused("400 Bad Request")
        length = int(lengths[0]) if lengths else 0
        if length > self.BODY:
            raise Refused("413 Content Too Large")
        return length

    def read_body(self, visitor: socket.socket, buffer: bytearray, fields: Fields) -> bytes:
        """The body, whole."""
        length = self.body_length(fields)
        if length is not None:
            return self.take(visitor, buffer, length)
        body = b""
        while size := int(self.take_line(visitor, buffer).partition(b";")[0], 16):
            if len(body) + size > self.BODY:
                raise Refused("413 Content Too Large")
            body += self.take(visitor, buffer, size)
            self.take_line(visitor, buffer)
        while self.take_line(visitor, buffer):
            pass  # fields behind the last chunk
        return body

    def take(self, visitor: socket.socket, buffer: bytearray, size: int) -> bytes:
        """So many bytes."""
        while len(buffer) < size:
            buffer += self.receive(visitor) or self.left_early()
        data = bytes(buffer[:size])
        del buffer[:size]
        return data

    def take_line(self, visitor: socket.socket, buffer: bytearray) -> bytes:
        """All up to the next line end."""
        while b"\r\n" not in buffer:
            buffer += self.receive(visitor) or self.left_early()
        return self.take(visitor, buffer, buffer.index(b"\r\n") + 2)[:-2]

    def left_early(self) -> bytes:
        """The visitor left in the middle."""
        raise ConnectionResetError

    # ---- the answer's bytes

    def send(self, visitor: socket.socket, answer: Answer, request: Request, persists: bool) -> None:
        """Send it, block by block."""
        visitor.sendall(self.head(answer, persists))
        if request.method != "HEAD":
            self.send_body(visitor, answer)

    def send_body(self, visitor: socket.socket, answer: Answer) -> None:
        """Send the blocks, each before the next one is made."""
        for block in answer.blocks:
            visitor.sendall(block)

    def head(self, answer: Answer, persists: bool) -> bytes:
        """The status line and the fields."""
        lines = [f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in answer.fields)]
        lines += self.framing(answer.length) + ([] if persists else ["Connection: close"])
        return self.line_end.join([*lines, "", ""]).encode("latin-1")

    line_end = "\r\n"

    def framing(self, length: int) -> list[str]:
        """The line that says where the answer ends."""
        return [f"Content-Length: {length}"]

    def text(self, text: str, media_type: str, status: str = "200 OK", *fields: tuple[str, str]) -> Answer:
        """An answer that is text."""
        type_field = ("Content-Type", f"{media_type}; charset=utf-8")
        content = text.encode()
        return Answer(status, [type_field, *fields], [content], self.measure(text))

    def measure(self, text: str) -> int:
        """How long a text is on the wire."""
        return len(text.encode())

    # ---- the pages

    def find_page(self, request: Request) -> Answer:
        """Choose by path and method."""
        path = self.decode(request.path)
        if path == "/guestbook":
            self.allow(request, "POST")
            return self.sign(self.parse_form(request.body))
        query = self.parse_form(request.query.encode("latin-1"))
        pages = {"/": self.front, "/hello": self.hello, "/sign": self.show_form, "/slow": self.slow}
        if path not in [*pages, "/download"] and not path.startswith("/static/"):
            raise Refused("404 Not Found")
        self.allow(request, "GET", "HEAD")
        if path == "/download":
            return self.download(int(query.get("bytes", "1000000")))
        if path.startswith("/static/"):
            return self.file(path.removeprefix("/static/"))
        return self.page(pages[path](query))

    def decode(self, path: str) -> str:
        """Undo the percent signs, once."""
        return unquote(path)

    def allow(self, request: Request, *methods: str) -> None:
        """Refuse the other methods."""
        if request.method not in methods:
            raise Refused("405 Method Not Allowed", ("Allow", ", ".join(methods)))

    def parse_form(self, encoded: bytes) -> dict[str, str]:
        """Read the fields of a form."""
        return {name: values[-1] for name, values in parse_qs(encoded.decode("latin-1")).items()}

    def page(self, main: str) -> Answer:
        """A page, with its style sheet and picture."""
        links = '<link rel="stylesheet" href="/static/style.css">'
        top = '<img src="/static/picture.png" alt="">'
        return self.text(f"<!doctype html><title>Guest book</title>{links}{top}{main}\n", "text/html")

    def front(self, query: dict[str, str]) -> str:
        """The entries, newest first."""
        return "".join(f"<p>{html.escape(f'{name}: {message}')}</p>" for name, message in self.entries[:50])

    def hello(self, query: dict[str, str]) -> str:
        """A greeting."""
        return f"<p>Hello, {html.escape(query.get('name', 'stranger'))}!</p>"

    def show_form(self, query: dict[str, str]) -> str:
        """The form."""
        return FORM

    def slow(self, query: dict[str, str]) -> str:
        """Something that waits."""
        time.sleep(min(30.0, float(query.get("seconds", "1"))))
        return "<p>That took a while.</p>"

    def sign(self, form: dict[str, str]) -> Answer:
        """Keep an entry."""
        if not (form.get("name") and form.get("message")):
            raise Refused("400 Bad Request")
        self.entries = [(form["name"], form["message"]), *self.entries][:50]
        return self.text("Signed.\n", "text/plain", "303 See Other", ("Location", "/"))

    def download(self, size: int) -> Answer:
        """Many bytes, made when they are sent."""
        block = bytes(65536)
        blocks = (block[: size - at] for at in range(0, size, len(block)))
        return Answer("200 OK", [("Content-Type", "application/octet-stream")], blocks, size)

    def find_file(self, name: str) -> Path:
        """The file, if it lies below the folder."""
        path = (STATIC / name).resolve()
        if not path.is_relative_to(STATIC.resolve()):
            raise Refused("404 Not Found")
        return path

    def file(self, name: str) -> Answer:
        """A file's bytes."""
        path = self.find_file(name)
        if not path.is_file():
            raise Refused("404 Not Found")
        content = self.content(path)
        return Answer("200 OK", [("Content-Type", self.media_type(path))], [content], len(content))

    def content(self, path: Path) -> bytes:
        """What is in the file."""
        return path.read_bytes()

    def media_type(self, path: Path) -> str:
        """What kind of thing it is."""
        return mimetypes.guess_type(path.name)[0] or "application/octet-stream"
