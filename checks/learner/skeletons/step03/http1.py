"""A request's bytes, read as step 02 reads them (RFC 9112). Given: nothing is to be done here."""

import re
import socket

LINE, HEAD, BODY = 8_000, 32_000, 100_000  # bytes, at most


class Refused(Exception):
    """A request that is not answered as it wishes: the status, and a line that goes with it."""

    def __init__(self, status: str, *lines: str):
        super().__init__(status)
        self.status, self.lines = status, lines


class Left(Exception):
    """The visitor has left."""


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
