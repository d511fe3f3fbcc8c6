"""An answer's bytes: the mirror of the parser. Values in, bytes out; no sockets.

It guarantees that the client can tell where the answer ends, and that nobody smuggles a line into the head.
"""

import re
import time
from email.utils import formatdate
from functools import lru_cache

from step02_http.body import LENGTH
from step02_http.message import Headers, Request
from step02_http.parser import TOKEN

STATUS = re.compile(r"[2-5][0-9]{2} [\t -~\x80-\xff]*")  # RFC 9112, 4; what is 1xx is not the application's
FIELD_NAME = re.compile(TOKEN)
# RFC 9110, 7.6.1: these speak of the connection, and that is the server's.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
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
        names = check_head(status, headers)
        bodiless = status.startswith(("204", "304"))
        # RFC 9112, 6.3: an answer to HEAD, and these statuses, end with their head.
        self.without_body = bodiless or self.request.method == "HEAD"
        if "content-length" in names:
            self.left = int(names["content-length"])
        elif not bodiless:
            self.chunked = (
                self.request.version != "HTTP/1.0"
            )  # RFC 9112, 6.1: else its end is the connection's
            self.persist = self.persist and self.chunked
        if status.startswith("204"):  # RFC 9110, 8.6: without a length; some frameworks give it one
            headers = tuple(field for field in headers if field[0].lower() != "content-length")
        lines = [f"HTTP/1.1 {status}", *[f"{name}: {value}" for name, value in headers]]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
        if "date" not in names:
            lines.append(date_line(int(time.time())))
        if not self.persist:
            lines.append("Connection: close")  # RFC 9112, 9.6
        elif self.request.version == "HTTP/1.0":
            lines.append("Connection: keep-alive")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def block(self, data: bytes) -> bytes:
        """Return the bytes that carry `data`; never more than Content-Length promised."""
        if self.left is not None:
            data = data[: self.left]
            self.left -= len(data)
        if self.without_body or not data:  # an empty chunk would end the body
            return b""
        return b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data

    def room(self, size: int) -> int:
        """Return how many of a file's `size` bytes may follow as they are."""
        size = min(size, self.left or 0)
        self.left = (self.left or 0) - size
        return 0 if self.without_body else size

    def end(self) -> bytes:
        """Return what closes the body. A body shorter than promised leaves the connection useless."""
        if self.left and not self.without_body:
            self.persist = False
        return b"0\r\n\r\n" if self.chunked and not self.without_body else b""


def check_head(status: str, headers: Headers) -> dict[str, str]:
    """Refuse to send what a client would read as something else; return the fields by lower-case name."""
    if not STATUS.fullmatch(status):
        raise ValueError(f"not a final status: {status!r}")
    fields: dict[str, str] = {}
    for name, value in headers:
        lower = check_name(name)
        if not FIELD_VALUE.fullmatch(value):
            raise ValueError(f"not the value of a header field: {value!r}")
        if lower == "content-length" and (lower in fields or not LENGTH.fullmatch(value)):
            raise ValueError(f"not one Content-Length: {value!r}")
        fields[lower] = value
    return fields


@lru_cache(maxsize=256)  # an application sends the same few names all the time
def check_name(name: str) -> str:
    """Return the name in lower case, if it is one, and is the application's to send."""
    if not FIELD_NAME.fullmatch(name):
        raise ValueError(f"not the name of a header field: {name!r}")
    if name.lower() in HOP_BY_HOP:
        raise ValueError(f"{name} belongs to the connection, and so not to the answer")
    return name.lower()


@lru_cache(maxsize=2)
def date_line(now: int) -> str:
    """Return the date as RFC 9110, 5.6.7 and 6.6.1 want it; computed once a second."""
    return f"Date: {formatdate(now, usegmt=True)}"
