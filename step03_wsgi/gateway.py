"""The gateway: an HTTP exchange on one side, a call of the application on the other (PEP 3333).

It guarantees that whatever the application does, the client gets an honest answer: whole, refused, or visibly
cut off. It refuses to know which framework the application is written in.
"""

from typing import Any
from wsgiref.types import WSGIApplication
from wsgiref.util import is_hop_by_hop

from step02_http.exchange import Exchange, Handle
from step02_http.message import Headers
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
        self.single_block = False

    def run(self, app: WSGIApplication, environ: dict[str, Any]) -> None:
        """Call the application, send what it yields, and close what it returned, come what may."""
        blocks = app(environ, self.start_response)
        try:
            self.single_block = isinstance(blocks, (list, tuple)) and len(blocks) == 1
            for block in blocks:
                self.write(block)
            self.begin(b"")
            self.exchange.finish()
        finally:
            getattr(blocks, "close", lambda: None)()

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        """Take the head from the application; a second time only to report an error."""
        if exc_info and self.head_sent:
            raise exc_info[1].with_traceback(exc_info[2])  # too late for another answer
        if self.head and not exc_info:
            raise AssertionError("start_response was called twice, the second time without exc_info")
        for name, _ in headers:
            if is_hop_by_hop(name):
                raise AssertionError(f"{name} belongs to the connection, and so to the server")
        self.head = (status, tuple(headers))
        return self.write

    def write(self, block: bytes) -> None:
        """Send a block, and with the first one the head: until then the answer may still change.

        start_response returns it, for applications that push.
        """
        if not isinstance(block, bytes):
            raise TypeError(f"an application answers with bytes, not with {type(block).__name__}")
        if block:
            self.begin(block)
            self.exchange.write(block)

    def begin(self, block: bytes) -> None:
        """Send the head, once. A lone block, or none at all, tells how long the content is."""
        if self.head_sent:
            return
        if self.head is None:
            raise AssertionError("the application answered without calling start_response")
        if self.exchange.raw_body.failure:  # the application may have swallowed it
            raise self.exchange.raw_body.failure
        status, headers = self.head
        known = self.single_block or not (block or self.exchange.request.method == "HEAD")
        if known and status[:3] not in ("204", "304") and not has_length(headers):
            headers += (("Content-Length", str(len(block))),)
        self.exchange.start(status, headers)
        self.head_sent = True


def has_length(headers: Headers) -> bool:
    """Say whether the application has told the length itself."""
    return any(name.lower() == "content-length" for name, _ in headers)
