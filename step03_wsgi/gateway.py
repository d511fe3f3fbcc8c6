"""The gateway: an HTTP exchange on one side, a call of the application on the other (PEP 3333).

It guarantees that whatever the application does, the client gets an honest answer: whole, refused, or visibly
cut off. It refuses to know which framework the application is written in.
"""

import io
import os
import stat
from typing import Any
from wsgiref.types import WSGIApplication
from wsgiref.util import FileWrapper

from step02_http.exchange import Exchange, Handle
from step02_http.message import Headers
from step02_http.writer import check_head
from step03_wsgi.environ import build_environ


def gateway(app: WSGIApplication, server: dict[str, Any]) -> Handle:
    """Return a handler of exchanges that calls `app`."""

    def handle(exchange: Exchange) -> None:
        try:
            Call(exchange).run(app, build_environ(exchange, server))
        except Exception:
            raise
        except BaseException as error:  # sys.exit, say: one visitor's request must not take a thread from all
            raise RuntimeError(f"the application raised {type(error).__name__}") from error

    return handle


class Call:
    """One call of the application."""

    def __init__(self, exchange: Exchange):
        self.exchange = exchange
        self.head: tuple[str, Headers] | None = None
        self.head_sent = False
        self.length: int | None = None  # of the content, when we can know it

    def run(self, app: WSGIApplication, environ: dict[str, Any]) -> None:
        """Call the application, send what it yields, and close what it returned, come what may."""
        blocks = app(environ, self.start_response)
        try:
            if isinstance(blocks, FileWrapper) and (size := size_of(blocks.filelike)) is not None:
                self.length = size
                self.begin()
                self.exchange.write_file(blocks.filelike, size)
            else:
                if isinstance(blocks, (list, tuple)) and len(blocks) == 1:
                    self.length = len(blocks[0])
                for block in blocks:
                    self.write(block)
                self.begin(nothing=True)
            self.exchange.finish()
        finally:
            if hasattr(blocks, "close"):
                blocks.close()

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        """Take the head from the application; a second time only to report an error."""
        if exc_info and self.head_sent:
            raise exc_info[1].with_traceback(exc_info[2])  # too late for another answer
        if self.head and not exc_info:
            raise AssertionError("start_response was called twice, the second time without exc_info")
        fields = tuple(headers)
        self.names = check_head(status, fields)  # now, while the application can still see what it did
        self.head = (status, fields)
        return self.write

    def write(self, block: bytes) -> None:
        """Send a block, and with the first one the head: until then the answer may still change.

        start_response returns it, for applications that push.
        """
        if not isinstance(block, bytes):
            raise TypeError(f"an application answers with bytes, not with {type(block).__name__}")
        if block:
            if not self.head_sent:
                self.begin()
            self.exchange.write(block)

    def begin(self, nothing: bool = False) -> None:
        """Make the head, once. A lone block, a file, or nothing at all, tells how long the content is."""
        if self.head_sent:
            return
        if self.head is None:
            raise AssertionError("the application answered without calling start_response")
        if self.exchange.reader and self.exchange.reader.failure:  # the application may have swallowed it
            raise self.exchange.reader.failure
        status, headers = self.head
        if nothing and self.length is None and self.exchange.request.method != "HEAD":
            self.length = 0
        # RFC 9110, 8.6: a 204 has no length; that of a 304 would be the page's, which we do not know.
        if (
            self.length is not None
            and "content-length" not in self.names
            and status[:3] not in ("204", "304")
        ):
            headers += (("Content-Length", str(self.length)),)
        self.exchange.start(status, headers)
        self.head_sent = True


def size_of(file: Any) -> int | None:
    """Return how much is left of a file on the disk; None for whatever else can be read.

    Only a plain file: a GzipFile, say, has a descriptor too, but other bytes behind it.
    """
    if not isinstance(getattr(file, "raw", file), io.FileIO):
        return None
    status = os.fstat(file.fileno())
    return max(0, status.st_size - file.tell()) if stat.S_ISREG(status.st_mode) else None
