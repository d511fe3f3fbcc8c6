"""The body of a request: where it ends, and how its bytes are wrapped (RFC 9112, 6 and 7).

Like the parser, it is fed bytes and never reads any: a decoder takes what belongs to the body off a buffer
and leaves what follows, the next request, untouched.
"""

import re

from step02_http import errors
from step02_http.message import Request
from step02_http.parser import TOKEN, parse_fields

LENGTH = re.compile("[0-9]{1,18}")  # RFC 9110, 8.6: no sign; so few that no reader's integers overflow
QUOTED = r'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'  # RFC 9110, 5.6.4
EXTENSION = rf"[ \t]*;[ \t]*{TOKEN}(?:[ \t]*=[ \t]*(?:{TOKEN}|{QUOTED}))?"  # RFC 9112, 7.1.1
CHUNK_LINE = re.compile(rf"(?P<size>[0-9A-Fa-f]{{1,15}})(?:{EXTENSION})*")  # RFC 9112, 7.1
CHUNK_LINE_LIMIT = 256
FRAMING = {"content-length", "transfer-encoding", "host"}


def decoder_for(request: Request, limit: int) -> "Decoder":
    """Choose by the only two fields that say where a body ends (RFC 9112, 6.3)."""
    length, coding = request.fields.get("content-length"), request.fields.get("transfer-encoding")
    if coding is not None:
        # RFC 9112, 6.1 and 6.3: two opinions on the length, or none, are how requests are smuggled.
        if length is not None or request.version == "HTTP/1.0":
            raise errors.BadRequest("Transfer-Encoding may not stand beside Content-Length, nor in HTTP/1.0")
        if coding.lower() == "chunked":
            return Decoder(None, limit)
        if re.fullmatch(rf"(?!chunked){TOKEN}, *chunked", coding, re.IGNORECASE):
            raise errors.NotImplementedHere("this server knows one transfer coding: chunked")
        raise errors.BadRequest("the last transfer coding is not chunked, so the body has no end")
    if length is None:  # RFC 9112, 6.3: no length means no body
        return NO_BODY
    # RFC 9112, 6.3: differing lengths must be refused, equal ones may be. No sender has a reason for either.
    if not LENGTH.fullmatch(length):
        raise errors.BadRequest("Content-Length is not one decimal number")
    if int(length) > limit:
        raise errors.ContentTooLarge(f"a body may have {limit} bytes, not {length}")
    return Decoder(int(length), limit)


class Decoder:
    """Takes a body apart: a known number of bytes, or chunks. `done` says that its end was seen.

    A chunk is a line with its size, that many bytes, and CR LF; the last one has size 0 (RFC 9112, 7.1).
    """

    def __init__(self, length: int | None, limit: int):
        self.chunked = length is None
        self.left = length or 0  # bytes of content before the next line, or before the end
        self.done = length == 0
        self.limit, self.total = limit, 0
        self.expected = "size"  # of a chunk; or the "end" of one, or a "trailer"

    def decode(self, buffer: bytearray, size: int) -> bytes:
        """Take up to `size` bytes of content off the front; b"" means done, or need more."""
        while not self.done:
            if self.left:
                data = take(buffer, min(size, self.left))
                self.left -= len(data)
                self.done = not (self.left or self.chunked)
                return data
            if self.expected == "end" and not b"\r\n".startswith(buffer[:2]):
                raise errors.BadRequest("a chunk is longer than its size says")
            end = buffer.find(b"\r\n", 0, CHUNK_LINE_LIMIT)
            if end < 0 and len(buffer) >= CHUNK_LINE_LIMIT:
                raise errors.BadRequest(f"a line of the chunked body is longer than {CHUNK_LINE_LIMIT} bytes")
            if end < 0:
                break
            self.accept_line(take(buffer, end + 2)[:-2].decode("latin-1"))
            self.total += self.left + end  # the wrapping counts too, so trailers and extensions have a limit
            if self.total > self.limit:
                raise errors.ContentTooLarge(f"a body may have {self.limit} bytes")
        return b""

    def accept_line(self, line: str) -> None:
        """Read what stands between the chunks' bytes; extensions and trailers are checked and dropped."""
        if self.expected == "size":
            match = CHUNK_LINE.fullmatch(line)
            if not match:
                raise errors.BadRequest("a chunk does not begin with its size in hexadecimal")
            self.left = int(match["size"], 16)
            self.expected = "end" if self.left else "trailer"
        elif self.expected == "end":
            self.expected = "size"
        else:  # RFC 9112, 7.1.2: fields, and then an empty line
            if parse_fields(line + "\r\n" if line else "").keys() & FRAMING:  # RFC 9110, 6.5.1
                raise errors.BadRequest("what says where a message ends has no place in its trailers")
            self.done = not line


NO_BODY = Decoder(0, 0)  # has nothing to remember, so one is enough for all


def take(buffer: bytearray, size: int) -> bytes:
    """Remove up to `size` bytes from the front of the buffer and return them."""
    data = bytes(buffer[:size])
    del buffer[:size]
    return data
