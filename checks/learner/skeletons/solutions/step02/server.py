"""Step 02, solved: the guest book over HTTP/1.1, one visitor at a time, one request a connection."""

import html
import mimetypes
import re
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote

STATIC = Path(__file__).with_name("static").resolve()
PAGE = """<!doctype html>
<title>Guest book</title>
<link rel="stylesheet" href="/static/style.css">
<img src="/static/picture.png" alt="">
<h1>Guest book</h1>
"""
FORM = (
    '<form method="post" action="/guestbook"><input name="name"><textarea name="message"></textarea>'
    "<button>Sign</button></form>\n"
)
LINE, HEAD, BODY = 8_000, 32_000, 100_000  # bytes, at most
entries: list[tuple[str, str]] = []


class Refused(Exception):
    """A request that is not answered as it wishes: the status, and a line that goes with it."""

    def __init__(self, status: str, *lines: str):
        super().__init__(status)
        self.status, self.lines = status, lines


class Left(Exception):
    """The visitor has left."""


@dataclass
class Answer:
    """What is sent."""

    status: str
    lines: tuple[str, ...]
    blocks: Iterable[bytes]
    length: int


# ---- connections


def main(port: int) -> None:
    """Serve one visitor after the other, whatever becomes of each."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            visitor, _address = listener.accept()
            with visitor, suppress(OSError, Left):
                visitor.settimeout(10)
                serve(visitor)
                hang_up(visitor)


def serve(visitor: socket.socket) -> None:
    """Answer one request."""
    method, buffer = "", bytearray()
    try:
        method, target, fields = parse(read_head(visitor, buffer))
        answer = choose(method, target, read_body(visitor, buffer, fields))
    except Refused as refusal:
        answer = text(refusal.status, "text/plain", refusal.status + "\n", *refusal.lines)
    lines = [f"HTTP/1.1 {answer.status}", *answer.lines, f"Content-Length: {answer.length}"]
    visitor.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1"))
    for block in () if method == "HEAD" else answer.blocks:
        visitor.sendall(block)


def hang_up(visitor: socket.socket) -> None:
    """End our side, then read what still comes: closing with unread bytes would be a reset."""
    visitor.shutdown(socket.SHUT_WR)
    visitor.settimeout(1)
    while visitor.recv(65536):
        pass


# ---- a request's bytes (RFC 9112)


def more(visitor: socket.socket, buffer: bytearray) -> None:
    """Wait for more bytes."""
    data = visitor.recv(65536)
    if not data:
        raise Left
    buffer += data


def take(buffer: bytearray, size: int) -> bytes:
    """The first bytes, which then are no longer there."""
    data = bytes(buffer[:size])
    del buffer[:size]
    return data


def read_head(visitor: socket.socket, buffer: bytearray) -> bytes:
    """All up to the empty line."""
    while True:
        end = buffer.find(b"\r\n\r\n")
        head = bytes(buffer if end < 0 else buffer[:end])
        if len(head.split(b"\r\n", 1)[0]) > LINE:
            raise Refused("414 URI Too Long")
        if len(head) > HEAD:
            raise Refused("431 Request Header Fields Too Large")
        if end >= 0:
            return take(buffer, end + 4)[:-4]
        more(visitor, buffer)


def parse(head: bytes) -> tuple[str, str, list[tuple[str, str]]]:
    """The method, the target and the fields."""
    first, *lines = head.decode("latin-1").split("\r\n")
    match = re.fullmatch(r"([A-Z]+) (/[!-~]*) (HTTP/1\.[01])", first)
    fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    if not match or not all(re.fullmatch(r"[\w!#$%&'*+.^`|~-]+:.*", line) for line in lines):
        raise Refused("400 Bad Request")
    if len([name for name, _ in fields if name == "host"]) != 1 and match[3] == "HTTP/1.1":
        raise Refused("400 Bad Request")
    return match[1], match[2], fields


def body_length(fields: list[tuple[str, str]]) -> int | None:
    """How many bytes the body has; None: it comes in chunks. Refuses what could be read in two ways."""
    lengths = [value for name, value in fields if name == "content-length"]
    codings = [value.lower() for name, value in fields if name == "transfer-encoding"]
    if codings:
        if lengths or codings != ["chunked"]:
            raise Refused("400 Bad Request")
        return None
    if len(lengths) > 1 or not all(re.fullmatch("[0-9]{1,15}", length) for length in lengths):
        raise Refused("400 Bad Request")
    return int(lengths[0]) if lengths else 0


def read_body(visitor: socket.socket, buffer: bytearray, fields: list[tuple[str, str]]) -> bytes:
    """The whole body."""
    length = body_length(fields)
    if length is None:
        return read_chunks(visitor, buffer)
    return read_bytes(visitor, buffer, length)


def read_bytes(visitor: socket.socket, buffer: bytearray, size: int) -> bytes:
    """So many bytes of a body."""
    if size > BODY:
        raise Refused("413 Content Too Large")
    while len(buffer) < size:
        more(visitor, buffer)
    return take(buffer, size)


def read_line(visitor: socket.socket, buffer: bytearray) -> bytes:
    """All up to the end of the line."""
    while b"\r\n" not in buffer:
        if len(buffer) > LINE:
            raise Refused("400 Bad Request")
        more(visitor, buffer)
    return take(buffer, buffer.index(b"\r\n") + 2)[:-2]


def read_chunks(visitor: socket.socket, buffer: bytearray) -> bytes:
    """Chunks up to the last one, which is empty (7.1)."""
    body = b""
    while True:
        size = read_line(visitor, buffer).partition(b";")[0]
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            raise Refused("400 Bad Request")
        if size.strip(b"0") == b"":
            break
        if len(body) + int(size, 16) > BODY:
            raise Refused("413 Content Too Large")
        body += read_bytes(visitor, buffer, int(size, 16))
        read_line(visitor, buffer)
    while read_line(visitor, buffer):
        pass  # fields behind the last chunk
    return body


# ---- the pages


def choose(method: str, target: str, body: bytes) -> Answer:
    """Choose by path and method."""
    path, _, query = target.partition("?")
    path, values = unquote(path), form(query)
    if path == "/guestbook":
        allow(method, "POST")
        return sign(form(body.decode("latin-1")))
    if path not in ("/", "/hello", "/sign", "/download") and not path.startswith("/static/"):
        raise Refused("404 Not Found")
    allow(method, "GET", "HEAD")
    if path == "/download":
        return download(values.get("bytes", "1000000"))
    if path.startswith("/static/"):
        return file(path.removeprefix("/static/"))
    main = {
        "/": "".join(f"<p>{html.escape(f'{name}: {message}')}</p>\n" for name, message in entries),
        "/hello": f"<p>Hello, {html.escape(values.get('name', 'stranger'))}!</p>\n",
        "/sign": FORM,
    }
    return text("200 OK", "text/html", PAGE + main[path])


def allow(method: str, *methods: str) -> None:
    """Refuse the others."""
    if method not in methods:
        raise Refused("405 Method Not Allowed", f"Allow: {', '.join(methods)}")


def form(encoded: str) -> dict[str, str]:
    """The fields of a form."""
    return {name: values[-1] for name, values in parse_qs(encoded).items()}


def text(status: str, media_type: str, content: str, *lines: str) -> Answer:
    """An answer that is text."""
    body = content.encode()
    return Answer(status, (f"Content-Type: {media_type}; charset=utf-8", *lines), [body], len(body))


def sign(fields: dict[str, str]) -> Answer:
    """Keep an entry."""
    if not (fields.get("name") and fields.get("message")):
        raise Refused("400 Bad Request")
    entries[:] = [(fields["name"], fields["message"]), *entries][:50]
    return text("303 See Other", "text/plain", "Signed.\n", "Location: /")


def file(name: str) -> Answer:
    """A file, if it lies in the folder."""
    path = (STATIC / name).resolve()
    if "\0" in name or not path.is_relative_to(STATIC) or not path.is_file():
        raise Refused("404 Not Found")
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Answer("200 OK", (f"Content-Type: {media_type}",), [content], len(content))


def download(size: str) -> Answer:
    """Many bytes, made when they are sent."""
    if not re.fullmatch("[0-9]{1,9}", size):
        raise Refused("400 Bad Request")
    block = bytes(65536)
    blocks = (block[: int(size) - at] for at in range(0, int(size), len(block)))
    return Answer("200 OK", ("Content-Type: application/octet-stream",), blocks, int(size))


if __name__ == "__main__":
    main(int(sys.argv[1]))
