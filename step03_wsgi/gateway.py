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

    def run(self, app: WSGIApplication, environ: dict[str, Any]) -> None:
        """Call the application, send what it yields, and close what it returned, come what may."""
        blocks: Any = app(environ, self.start_response)
        try:
            whole = isinstance(blocks, FileWrapper) and not self.exchange.begun  # nothing was pushed before
            if whole and (size := size_of(blocks.filelike)) is not None:
                self.exchange.write_file(blocks.filelike, size)
            else:
                alone = isinstance(blocks, (list, tuple)) and len(blocks) == 1
                for block in blocks:
                    self.write(block, length=len(block) if alone else None)
            self.exchange.finish()
        finally:
            if hasattr(blocks, "close"):
                blocks.close()

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        """Take the head from the application; a second time only to report an error."""
        if exc_info and self.exchange.begun:
            raise exc_info[1].with_traceback(exc_info[2])  # too late for another answer
        if self.exchange.started and not exc_info:
            raise AssertionError("start_response was called twice, the second time without exc_info")
        self.exchange.start(status, tuple(headers))
        return self.write  # for applications that push

    def write(self, block: bytes, length: int | None = None) -> None:
        """Send a block, and with the first one the head: until then the answer may still change."""
        if not isinstance(block, bytes):
            raise TypeError(f"an application answers with bytes, not with {type(block).__name__}")
        self.exchange.write(block, length)


def size_of(file: Any) -> int | None:
    """Return how much is left of a file on the disk; None for whatever else can be read.

    Only a plain file: a GzipFile, say, has a descriptor too, but other bytes behind it.
    """
    if not isinstance(getattr(file, "raw", file), io.FileIO):
        return None
    status = os.fstat(file.fileno())
    return max(0, status.st_size - file.tell()) if stat.S_ISREG(status.st_mode) else None
