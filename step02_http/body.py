"""The body of a request: where it ends, and how its bytes are wrapped (RFC 9112, 6 and 7).

Like the parser, it is fed bytes and never reads any: a decoder takes what belongs to the body off a buffer
and leaves what follows, the next request, untouched.
"""

import re

from step02_http import errors
from step02_http.message import Request
from step02_http.parser import Limits, parse_fields

CHUNK_LINE = re.compile(rb"(?P<size>[0-9A-Fa-f]{1,15})(?:[ \t]*;[\t -~\x80-\xff]*)?")  # RFC 9112, 7.1
CHUNK_LINE_LIMIT = 256


def decoder_for(request: Request, limits: Limits) -> "Decoder":
    """Choose by the only two fields that say where a body ends (RFC 9112, 6.3)."""
    lengths = request.values("content-length")
    codings = request.tokens("transfer-encoding")
    if request.values("transfer-encoding"):
        # RFC 9112, 6.1 and 6.3: two opinions on the length, or none, are how requests are smuggled.
        if lengths or request.version == "HTTP/1.0":
            raise errors.BadRequest("Transfer-Encoding may not stand beside Content-Length, nor in HTTP/1.0")
        if codings[-1:] != ["chunked"] or codings.count("chunked") > 1:
            raise errors.BadRequest("the last transfer coding is not chunked, so the body has no end")
        if len(codings) > 1:
            raise errors.NotImplementedHere("this server knows one transfer coding: chunked")
        return Decoder(None, limits.body)
    # RFC 9112, 6.3: differing lengths must be refused, equal ones may be. No sender has a reason for either.
    if len(lengths) > 1 or not all(re.fullmatch("[0-9]{1,18}", length) for length in lengths):
        raise errors.BadRequest("Content-Length is not one decimal number")
    length = int(lengths[0]) if lengths else 0  # RFC 9112, 6.3: no length means no body
    if length > limits.body:
        raise errors.ContentTooLarge(f"a body may have {limits.body} bytes, not {length}")
    return Decoder(length, limits.body)


class Decoder:
    """Takes a body apart: a known number of bytes, or chunks. `done` says that its end was seen.

    A chunk is a line with its size, that many bytes, and CR LF; the last one has size 0 (RFC 9112, 7.1).
    """

    def __init__(self, length: int | None, limit: int):
        self.chunked = length is None
        self.left = length or 0  # bytes of content before the next line, or before the end
        self.done = length == 0
        self.limit, self.total = limit, 0
        self.accept_line = self.accept_size

    def decode(self, buffer: bytearray, size: int) -> bytes:
        """Take up to `size` bytes of content off the front; b"" means done, or need more."""
        while not self.done:
            if self.left:
                data = take(buffer, min(size, self.left))
                self.left -= len(data)
                self.done = not (self.left or self.chunked)
                return data
            end = buffer.find(b"\r\n", 0, CHUNK_LINE_LIMIT)
            if end < 0 and len(buffer) >= CHUNK_LINE_LIMIT:
                raise errors.BadRequest(f"a line of the chunked body is longer than {CHUNK_LINE_LIMIT} bytes")
            if end < 0:
                break
            self.accept_line(take(buffer, end + 2)[:-2])
            self.total += self.left + end  # the wrapping counts too, so trailers and extensions have a limit
            if self.total > self.limit:
                raise errors.ContentTooLarge(f"a body may have {self.limit} bytes")
        return b""

    def accept_size(self, line: bytes) -> None:
        """Read "1a4" or "1a4;extension"; extensions are ignored (RFC 9112, 7.1.1)."""
        match = CHUNK_LINE.fullmatch(line)
        if not match:
            raise errors.BadRequest("a chunk does not begin with its size in hexadecimal")
        self.left = int(match["size"], 16)
        self.accept_line = self.accept_end_of_chunk if self.left else self.accept_trailer

    def accept_end_of_chunk(self, line: bytes) -> None:
        """Read the CR LF after a chunk's bytes."""
        if line:
            raise errors.BadRequest("a chunk is longer than its size says")
        self.accept_line = self.accept_size

    def accept_trailer(self, line: bytes) -> None:
        """Check and drop fields after the last chunk; an empty line ends the body (RFC 9112, 7.1.2)."""
        parse_fields([line] if line else [])
        self.done = not line


def take(buffer: bytearray, size: int) -> bytes:
    """Remove up to `size` bytes from the front of the buffer and return them."""
    data = bytes(buffer[:size])
    del buffer[:size]
    return data
