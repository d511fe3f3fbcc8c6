"""An answer's bytes: the mirror of the parser. Values in, bytes out; no sockets.

It guarantees that the client can tell where the answer ends, and that nobody smuggles a line into the head.
"""

import re
import time
from email.utils import formatdate
from functools import lru_cache

from step02_http.message import Headers, Request

STATUS = re.compile(r"[2-5][0-9]{2} [\t -~\x80-\xff]*")  # RFC 9112, 4
FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
FIELD_VALUE = re.compile(r"[\t -~\x80-\xff]*")  # RFC 9110, 5.5: no CR, LF or NUL


class Writer:
    """Frames one answer. `persist` says, once the head is made, whether the connection can carry another."""

    def __init__(self, request: Request, persist: bool):
        self.request = request
        self.persist = persist
        self.left: int | None = None  # bytes that Content-Length still promises
        self.chunked = self.without_body = False

    def head(self, status: str, headers: Headers) -> bytes:
        """Return the status line and the fields, with those that only the server can know."""
        check_head(status, headers)
        if status.startswith("204"):  # RFC 9110, 8.6: without a length; some frameworks give it one
            headers = tuple(field for field in headers if field[0].lower() != "content-length")
        lengths = {value for name, value in headers if name.lower() == "content-length"}
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        self.choose_framing(status, lengths)
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
        if not any(name.lower() == "date" for name, _ in headers):
            lines.append(f"Date: {http_date(int(time.time()))}")  # RFC 9110, 6.6.1
        if not self.persist:
            lines.append("Connection: close")  # RFC 9112, 9.6
        elif self.request.version == "HTTP/1.0":
            lines.append("Connection: keep-alive")
        return "\r\n".join((*lines, "", "")).encode("latin-1")

    def choose_framing(self, status: str, lengths: set[str]) -> None:
        """Decide how the client will see the end: no body, a length, chunks, or the end of the connection."""
        # RFC 9112, 6.3: an answer to HEAD, and these statuses, end with their head.
        self.without_body = status[:3] in ("204", "304") or self.request.method == "HEAD"
        if len(lengths) > 1 or not all(re.fullmatch("[0-9]{1,18}", length) for length in lengths):
            raise ValueError(f"not one Content-Length: {sorted(lengths)}")
        if lengths:
            self.left = int(lengths.pop())
        elif status[:3] not in ("204", "304"):
            self.chunked = self.request.version != "HTTP/1.0"  # RFC 9112, 6.1
            self.persist = self.persist and self.chunked

    def block(self, data: bytes) -> bytes:
        """Return the bytes that carry `data`; never more than Content-Length promised."""
        if self.left is not None:
            data = data[: self.left]
            self.left -= len(data)
        if self.without_body or not data:  # an empty chunk would end the body
            return b""
        return b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data

    def end(self) -> bytes:
        """Return what closes the body. A body shorter than promised leaves the connection useless."""
        if self.left and not self.without_body:
            self.persist = False
        return b"0\r\n\r\n" if self.chunked and not self.without_body else b""


def check_head(status: str, headers: Headers) -> None:
    """Refuse to send what a client would read as something else: a line break in a value, say."""
    if not STATUS.fullmatch(status):
        raise ValueError(f"not a final status: {status!r}")
    for name, value in headers:
        if not (FIELD_NAME.fullmatch(name) and FIELD_VALUE.fullmatch(value)):
            raise ValueError(f"not a header field: {name!r}: {value!r}")


@lru_cache(maxsize=2)
def http_date(now: int) -> str:
    """Return the date as RFC 9110, 5.6.7 wants it; computed once a second."""
    return formatdate(now, usegmt=True)
