"""An answer's bytes: the mirror of the parser. Values in, bytes out; no sockets.

It guarantees that the client can tell where the answer ends, and that nobody smuggles a line into the head.
"""

import re
import time
from email.utils import formatdate
from functools import lru_cache

from step02_http.message import Headers, Request
from step02_http.parser import LENGTH, TOKEN

STATUS = re.compile(r"[2-5][0-9]{2} [\t -~\x80-\xff]*")  # RFC 9112, 4; what is 1xx is not the application's
FIELD_NAME = re.compile(TOKEN)
# RFC 9110, 7.6.1: these speak of the connection, and that is the server's.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
FIELD_VALUE = re.compile(r"[\t -~\x80-\xff]*")  # RFC 9110, 5.5: no CR, LF or NUL


class Writer:
    """Frames one answer. `persist` says, once the head is made, whether the connection can carry another."""

    def __init__(self, request: Request, status: str, headers: Headers):
        self.request, self.status, self.headers = request, status, list(headers)
        self.fields: dict[str, str] = {}  # by lower-case name
        self.promised: int | None = None  # bytes of content, if the head tells
        self.sent = 0
        self.persist = self.chunked = self.without_body = False
        # Refuse to send what a client would read as something else.
        if not STATUS.fullmatch(status):
            raise ValueError(f"not a final status: {status!r}")
        for name, value in headers:
            lower = check_name(name)
            if not FIELD_VALUE.fullmatch(value):
                raise ValueError(f"not the value of a header field: {value!r}")
            if lower == "content-length" and (lower in self.fields or not LENGTH.fullmatch(value)):
                raise ValueError(f"not one Content-Length: {value!r}")
            self.fields[lower] = value

    def head(self, persist: bool, length: int | None = None) -> bytes:
        """Return the status line and the fields, with those that only the server can know.

        `length` is what the server has found out of the content's length, if the application has not told it.
        """
        self.persist, headers = persist, self.headers
        bodiless = self.status.startswith(("204", "304"))
        # RFC 9112, 6.3: an answer to HEAD, and these statuses, end with their head.
        self.without_body = bodiless or self.request.method == "HEAD"
        if "content-length" in self.fields:
            self.promised = int(self.fields["content-length"])
        elif length is not None and not bodiless:  # RFC 9110, 8.6: that of a 304 would be the page's
            self.promised = length
            headers.append(("Content-Length", str(length)))
        elif not bodiless and self.request.version == "HTTP/1.0":  # RFC 9112, 6.1: it knows no chunks, so
            self.persist = False  # the end of the body is the connection's
        elif not bodiless:
            self.chunked = True
            headers.append(("Transfer-Encoding", "chunked"))
        if self.status.startswith("204"):  # RFC 9110, 8.6: without a length; some frameworks give it one
            headers = [field for field in headers if field[0].lower() != "content-length"]
        if "date" not in self.fields:
            headers.append(("Date", http_date(int(time.time()))))
        if not self.persist or self.request.version == "HTTP/1.0":  # RFC 9112, 9.6; 9.3
            headers.append(("Connection", "keep-alive" if self.persist else "close"))
        lines = [f"HTTP/1.1 {self.status}", *[f"{name}: {value}" for name, value in headers], "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def block(self, data: bytes) -> bytes:
        """Return the bytes that carry `data`; never more than Content-Length promised."""
        data = data[: self.room(len(data))]
        self.sent += len(data)
        # An empty chunk would end the body.
        return b"%x\r\n%b\r\n" % (len(data), data) if self.chunked and data else data

    def room(self, size: int) -> int:
        """Return how many of `size` bytes may follow."""
        if self.without_body:
            return 0
        return size if self.promised is None else min(size, self.promised - self.sent)

    def end(self) -> bytes:
        """Return what closes the body. A body shorter than promised leaves the connection useless."""
        if not self.without_body and self.promised not in (None, self.sent):
            self.persist = False
        return b"0\r\n\r\n" if self.chunked and not self.without_body else b""


@lru_cache(maxsize=256)  # an application sends the same few names all the time
def check_name(name: str) -> str:
    """Return the name in lower case, if it is one, and is the application's to send."""
    if not FIELD_NAME.fullmatch(name):
        raise ValueError(f"not the name of a header field: {name!r}")
    if name.lower() in HOP_BY_HOP:
        raise ValueError(f"{name} belongs to the connection, and so not to the answer")
    return name.lower()


@lru_cache(maxsize=2)
def http_date(now: int) -> str:
    """Return the date as RFC 9110, 5.6.7 and 6.6.1 want it; computed once a second."""
    return formatdate(now, usegmt=True)
