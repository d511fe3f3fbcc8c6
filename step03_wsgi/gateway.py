"""The gateway: an HTTP exchange on one side, a call of the application on the other (PEP 3333).

It guarantees that whatever the application does, the client gets an honest answer: whole, refused, or visibly
cut off. It refuses to know which framework the application is written in.
"""

import io
import os
import stat
import sys
from functools import lru_cache, partial
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication
from wsgiref.util import FileWrapper

from step02_http.connection import ClientGone
from step02_http.exchange import Exchange, Handle


def gateway(app: WSGIApplication, server: dict[str, Any]) -> Handle:
    """Return a handler of exchanges that calls `app`."""

    def handle(exchange: Exchange) -> None:
        try:
            call(app, exchange, build_environ(exchange, server))
        except (Exception, ClientGone):
            raise
        except BaseException as error:  # sys.exit, say: one visitor's request must not take a thread from all
            raise RuntimeError(f"the application raised {type(error).__name__}") from error

    return handle


def call(app: WSGIApplication, exchange: Exchange, environ: dict[str, Any]) -> None:
    """Call the application, send what it returns, and close that, come what may."""
    blocks: Any = app(environ, partial(start_response, exchange))
    try:
        whole = isinstance(blocks, FileWrapper) and not exchange.begun  # nothing was pushed before
        if whole and (size := size_of(blocks.filelike)) is not None:
            exchange.write_file(blocks.filelike, size)
        else:
            exchange.write_all(blocks)
        exchange.finish()
    finally:
        if hasattr(blocks, "close"):
            blocks.close()


def start_response(
    exchange: Exchange, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
) -> Any:
    """Take the head from the application; a second time only to report an error."""
    if exc_info and exchange.begun:
        raise exc_info[1].with_traceback(exc_info[2])  # too late for another answer
    if exchange.started and not exc_info:
        raise AssertionError("start_response was called twice, the second time without exc_info")
    exchange.start(status, tuple(headers))
    return exchange.write  # for applications that push


def size_of(file: Any) -> int | None:
    """Return how much is left of a file on the disk; None for whatever else can be read.

    Only a plain file: a GzipFile, say, has a descriptor too, but other bytes behind it.
    """
    if not isinstance(getattr(file, "raw", file), io.FileIO):
        return None
    status = os.fstat(file.fileno())
    return max(0, status.st_size - file.tell()) if stat.S_ISREG(status.st_mode) else None


def build_environ(exchange: Exchange, server: dict[str, Any]) -> dict[str, Any]:
    """Return a request as WSGI's dictionary; `server` is the part that is the same for every request.

    Every text in it is "latin-1": each character stands for one byte as it came, whatever the client meant.
    """
    request = exchange.request
    path = "" if request.path == "*" else request.path
    environ: dict[str, Any] = {
        **server,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": request.query,
        "SERVER_PROTOCOL": request.version,
        "REMOTE_ADDR": exchange.connection.client,
        "wsgi.input": exchange.body,
    }
    for name, value in request.fields.items():
        if variable := variable_of(name):
            environ[variable] = value
    return environ


@lru_cache(maxsize=256)  # the same few dozen names come with every request
def variable_of(field: str) -> str | None:
    """Return the name of a header field's variable (RFC 3875, 4.1.18), or None if it must not have one."""
    # "a_b" and "a-b" would become one variable, so a client could forge a field that a proxy sets; and
    # HTTP_PROXY would redirect the outgoing requests of many programs.
    if "_" in field or field == "proxy":
        return None
    variable = field.upper().replace("-", "_")
    return variable if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{variable}"


def server_variables(host: str, port: int, threads: int, workers: int) -> dict[str, Any]:
    """Return what every environ of this server says."""
    return {
        "SCRIPT_NAME": "",  # the application stands at the root
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": threads > 1,
        "wsgi.multiprocess": workers > 1,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,  # `wsgi.input` ends where the body ends, also without a Content-Length
        "wsgi.file_wrapper": FileWrapper,
    }
