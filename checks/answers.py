"""An answer's bytes, read as a strict browser reads them: bytes in; an answer, "need more", or trouble out.

It refuses to know sockets. RFC 9112, 4 to 7.
"""

import re
from dataclasses import dataclass

from checks.claim import Culprit, Trouble

STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [\t -~\x80-\xff]*)?\Z")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*\Z", re.DOTALL)


class NotHTTP(Trouble):
    """The bytes are no HTTP answer."""

    hint = "not-http"


class Unframed(Trouble):
    """Nobody can tell where the body ends."""

    hint = "unframed"


@dataclass(frozen=True)
class Answer:
    """A whole answer. Field names are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    head: bytes
    closes: bool  # the connection carries no further answer

    def field(self, name: str) -> str:
        """The value of that (lower-case) field; several are joined by commas; "" if there is none."""
        return ", ".join(self.fields(name))

    def fields(self, name: str) -> list[str]:
        """The value of each field of that name."""
        return [value for field, value in self.headers if field == name]

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8", "replace")

    @property
    def first_line(self) -> str:
        """The status line."""
        return self.head.split(b"\r\n", 1)[0].decode("latin-1")


def take_answer(buffer: bytearray, method: str, ended: bool) -> Answer | None:
    """Take an answer off the front of `buffer`; None when more bytes must come (`ended`: none will)."""
    while True:
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            _refuse_hopeless(buffer, ended)
            return None
        status, headers = parse_head(bytes(buffer[:end]))
        if status >= 200:
            break
        del buffer[: end + 4]  # 100 Continue and its like: the answer proper follows
    body = bytes(buffer[end + 4 :])
    taken = _take_body(body, status, headers, method, ended)
    if taken is None:
        return None
    content, length, until_end = taken
    head = bytes(buffer[:end])
    del buffer[: end + 4 + length]
    return Answer(status, headers, content, head, until_end or _says_close(head, headers))


def _says_close(head: bytes, headers: tuple[tuple[str, str], ...]) -> bool:
    """HTTP/1.1 keeps a connection unless it says otherwise, HTTP/1.0 the reverse (RFC 9112, 9.3)."""
    options = ",".join(value for name, value in headers if name == "connection").lower()
    return "close" in options or (head.startswith(b"HTTP/1.0") and "keep-alive" not in options)


def parse_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Split a head into its status and its fields."""
    first, *lines = head.split(b"\r\n")
    match = STATUS_LINE.match(first)
    if not match:
        raise NotHTTP("the answer does not begin with a status line", Culprit(first[:80]))
    fields = []
    for line in lines:
        field = FIELD.match(line)
        if not field or b"\r" in line or b"\n" in line:
            raise NotHTTP("a header line of the answer is not: name, colon, value", Culprit(line[:80]))
        fields.append((field[1].decode("ascii").lower(), field[2].decode("latin-1")))
    return int(match[1]), tuple(fields)


def _refuse_hopeless(buffer: bytearray, ended: bool) -> None:
    if buffer and not b"HTTP/1.".startswith(buffer[:7]):
        raise NotHTTP("the answer does not begin with a status line", Culprit(bytes(buffer[:80])))
    if buffer and ended:
        raise NotHTTP(
            "the answer's head does not end: no empty line (CR LF CR LF)", Culprit(bytes(buffer[-80:]))
        )
    if len(buffer) > 262_144:
        raise NotHTTP("the answer's head is longer than 256 KB", Culprit(bytes(buffer[:80])))


def _take_body(
    body: bytes, status: int, headers: tuple[tuple[str, str], ...], method: str, ended: bool
) -> tuple[bytes, int, bool] | None:
    """The content, how many bytes it took, and whether only the connection's end ends it (RFC 9112, 6.3)."""
    values = dict(headers)
    if method == "HEAD" or status in (204, 304):
        return b"", 0, False
    if "chunked" in values.get("transfer-encoding", "").lower():
        chunks = _take_chunks(body)
        return None if chunks is None else (*chunks, False)
    if lengths := {value for name, value in headers if name == "content-length"}:
        if len(lengths) > 1 or not (value := lengths.pop()).isdigit():
            raise Unframed(
                "the answer's Content-Length is not one number", Culprit(values["content-length"].encode())
            )
        length = int(value)
        return (body[:length], length, False) if len(body) >= length else None
    return (body, len(body), True) if ended else None


def _take_chunks(body: bytes) -> tuple[bytes, int] | None:
    content, place = b"", 0
    while True:
        end = body.find(b"\r\n", place)
        if end < 0:
            return None
        line = body[place:end].split(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", line):
            raise Unframed(
                "a chunk of the answer does not begin with its size", Culprit(body[place : place + 40])
            )
        size, place = int(line, 16), end + 2
        if size == 0:
            end = body.find(b"\r\n", place)  # trailers are read over
            while end > place:
                place = end + 2
                end = body.find(b"\r\n", place)
            return None if end < 0 else (content, end + 2)
        if len(body) < place + size + 2:
            return None
        content += body[place : place + size]
        place += size + 2
