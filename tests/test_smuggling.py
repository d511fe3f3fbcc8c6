"""Ambiguous requests through step 05's nginx to step 03's server: do both see the same requests?

A request is smuggled when the server behind sees one more than the proxy in front has sent. nginx gives each
request that it sends an id, and writes it down; one without an id, or with one of nobody's, was smuggled.
"""

import itertools
import os
import socket
import tempfile
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from step02_http.connection import Limits
from step02_http.tests.wire import fixtures
from step03_wsgi.gateway import gateway, server_variables
from step03_wsgi.threads import Threads
from step05_nginx.prepare import prepare
from step05_nginx.tests import edge as edges

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
LENGTHS = [
    "",
    "Content-Length: 0",
    "Content-Length: {}",
    "Content-Length : {}",
    "Content-Length:\t{}",
    "Content-Length: +{}",
]
LENGTHS += [
    "Content-Length: 0{}",
    "Content-Length: {0}\r\nContent-Length: 0",
    "Content-Length: {0}, {0}",
    "content-length: 3",
]
LENGTHS += [
    "X: y\r\n Content-Length: {}",
    "X: y\nContent-Length: {}",
    "Content_Length: {}",
    "Content-Length: {}\r",
]
CODINGS = [
    "",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding:\tchunked",
    "Transfer_Encoding: chunked",
]
CODINGS += [
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity, chunked",
]
CODINGS += [
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    "Transfer-Encoding:\x0bchunked",
    "X: y\r\n Transfer-Encoding: chunked",
]
CODINGS += [
    "X: y\nTransfer-Encoding: chunked",
    'Transfer-Encoding: "chunked"',
    "TRANSFER-ENCODING: CHUNKED",
    "Transfer-Encoding: chunked;q=1",
]
BODIES = [HIDDEN, b"0\r\n\r\n" + HIDDEN, b"5\r\nhello\r\n0\r\n\r\n" + HIDDEN, b"1;\nx\r\n0\r\n\r\n" + HIDDEN]


def ambiguous() -> Iterator[bytes]:
    """Requests whose end two readers could see at different places."""
    for length, coding, body in itertools.product(LENGTHS, CODINGS, BODIES):
        fields = "".join(f"{field.format(len(body))}\r\n" for field in (length, coding) if field)
        yield f"POST /asked HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode("latin-1") + body
    for fixture in fixtures("valid") + fixtures("invalid"):
        yield fixture.data + HIDDEN


@contextmanager
def serving(app: WSGIApplication, path: Path) -> Iterator[None]:
    """Step 03's server on the socket to which step 05's nginx speaks."""
    end, stop = os.pipe()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))
        listener.listen(128)
        handle = gateway(app, server_variables("a", 80, 8, 1))
        server = Threads(listener, handle, Limits(), quiet=True)
        thread = threading.Thread(target=server.run, args=(8, end, 5.0))
        thread.start()
        yield
        os.close(stop)
        thread.join()
        for connection in list(server.waiting):  # else the end of the process would do that
            server.close(connection)
        os.close(end)
        server.selector.close()


def send(port: int, request: bytes) -> None:
    """Say all of it, and listen until nginx closes or has nothing more to say for a while."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request + LAST)
        connection.settimeout(0.3)
        while connection.recv(65536):
            pass


def test_the_server_sees_no_request_that_nginx_did_not_send() -> None:
    seen: list[tuple[str, str]] = []

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        seen.append((environ.get("HTTP_X_REQUEST_ID", "none"), environ["PATH_INFO"]))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    requests = list(ambiguous())
    assert len(requests) > 500
    with tempfile.TemporaryDirectory(prefix="edge-") as folder:
        run = Path(folder)
        (run / "step05").mkdir()
        (run / "step05" / "exempt-test.conf").write_text('127.0.0.1 "";\n')  # so many come at once only here
        with edges.nginx("step05", run, prepare) as edge:
            with serving(app, run / "step05" / "app.sock"), ThreadPoolExecutor(64) as senders:
                list(senders.map(lambda request: send(edge.port, request), requests))
            # The server has ended: it sees no more, also of a visitor who left long ago. nginx writes a line
            # when a request is over; it may first read on for 30 seconds (lingering_time).
            with suppress(AssertionError):
                edges.wait_until(lambda: {id for id, _ in seen} <= {line["id"] for line in edge.lines()}, 45)
            sent = {line["id"] for line in edge.lines()}
            errors = [line for line in edge.log().splitlines() if not line.startswith("{")]
    ids = [id for id, _ in seen]
    assert len(ids) > 100  # the others nginx has refused by itself
    assert [one for one in seen if one[0] not in sent] == [], errors[-20:]
    assert len(set(ids)) == len(ids)
