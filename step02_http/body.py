"""The body of a request: how its bytes are wrapped, and where they end (RFC 9112, 6 and 7).

Like the parser, it is fed bytes and never reads any: a decoder takes what belongs to the body off a buffer
and leaves what follows, the next request, untouched.
"""

import re

from step02_http.message import BadRequest, HTTPError
from step02_http.parser import TOKEN, parse_fields

QUOTED = r'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'  # RFC 9110, 5.6.4
EXTENSION = rf"[ \t]*;[ \t]*{TOKEN}(?:[ \t]*=[ \t]*(?:{TOKEN}|{QUOTED}))?"  # RFC 9112, 7.1.1
CHUNK_LINE = re.compile(rf"(?P<size>[0-9A-Fa-f]{{1,15}})(?:{EXTENSION})*")  # RFC 9112, 7.1
CHUNK_LINE_LIMIT = 256
FRAMING = {"content-length", "transfer-encoding", "host"}


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
                raise BadRequest("a chunk is longer than its size says")
            end = buffer.find(b"\r\n", 0, CHUNK_LINE_LIMIT)
            if end < 0 and len(buffer) >= CHUNK_LINE_LIMIT:
                raise BadRequest(f"a line of the chunked body is longer than {CHUNK_LINE_LIMIT} bytes")
            if end < 0:
                break
            self.accept_line(take(buffer, end + 2)[:-2].decode("latin-1"))
            self.total += self.left + end  # the wrapping counts too, so trailers and extensions have a limit
            if self.total > self.limit:
                raise HTTPError("413 Content Too Large", f"a body may have {self.limit} bytes")
        return b""

    def accept_line(self, line: str) -> None:
        """Read what stands between the chunks' bytes; extensions and trailers are checked and dropped."""
        if self.expected == "size":
            match = CHUNK_LINE.fullmatch(line)
            if not match:
                raise BadRequest("a chunk does not begin with its size in hexadecimal")
            self.left = int(match["size"], 16)
            self.expected = "end" if self.left else "trailer"
        elif self.expected == "end":
            self.expected = "size"
        else:  # RFC 9112, 7.1.2: fields, and then an empty line
            if parse_fields(line + "\r\n" if line else "").keys() & FRAMING:  # RFC 9110, 6.5.1
                raise BadRequest("what says where a message ends has no place in its trailers")
            self.done = not line


def take(buffer: bytearray, size: int) -> bytes:
    """Remove up to `size` bytes from the front of the buffer and return them."""
    data = bytes(buffer[:size])
    del buffer[:size]
    return data
