"""Step 03, solved: a server for any WSGI app. Connections stay, nobody waits, workers are replaced."""

import importlib
import io
import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes

from http1 import Left, Refused, parse, read_body, read_head

App = Callable[..., Any]


# ---- processes, threads, connections


def main(port: int, app: App) -> None:
    """Keep one worker process alive: the guest book is in its memory, so there is only one."""
    with socket.create_server(("127.0.0.1", port), backlog=512) as listener:
        while True:
            worker = os.fork()
            if not worker:
                work(listener, app)
            os.waitpid(worker, 0)


def work(listener: socket.socket, app: App) -> None:
    """Give each visitor a thread."""
    while True:
        with suppress(ConnectionAbortedError):
            visitor, _address = listener.accept()
            threading.Thread(target=converse, args=(visitor, app), daemon=True).start()


def converse(visitor: socket.socket, app: App) -> None:
    """Answer one request after the other; what came behind one is the beginning of the next."""
    with visitor, suppress(OSError, Left):
        visitor.settimeout(10)
        visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = bytearray()
        while answer_one(visitor, buffer, app):
            pass
        hang_up(visitor)


def hang_up(visitor: socket.socket) -> None:
    """End our side, then read what still comes: closing with unread bytes would be a reset."""
    visitor.shutdown(socket.SHUT_WR)
    visitor.settimeout(1)
    while visitor.recv(65536):
        pass


# ---- one request


def answer_one(visitor: socket.socket, buffer: bytearray, app: App) -> bool:
    """Have the app answer; whether another request may follow."""
    try:
        method, target, fields = parse(read_head(visitor, buffer))
        body = read_body(visitor, buffer, fields)
    except Refused as refusal:  # nobody knows where the next request begins
        send_head(visitor, refusal.status, [("Content-Length", "0")], stays=False)
        return False
    stays = ("connection", "close") not in fields
    call(visitor, app, environ_of(method, target, fields, body), stays)
    return stays


def environ_of(method: str, target: str, fields: list[tuple[str, str]], body: bytes) -> dict[str, Any]:
    """What PEP 3333 asks for."""
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in fields:
        key = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def call(visitor: socket.socket, app: App, environ: dict[str, Any], stays: bool) -> None:
    """Call the app and send what it yields, block by block."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    blocks = app(environ, lambda status, fields: started.append((status, fields)))
    try:
        send_head(visitor, *started[-1], stays=stays)
        for block in () if environ["REQUEST_METHOD"] == "HEAD" else blocks:
            visitor.sendall(block)
    finally:
        getattr(blocks, "close", lambda: None)()


def send_head(visitor: socket.socket, status: str, fields: list[tuple[str, str]], *, stays: bool) -> None:
    """The status line and the fields. The app says where its body ends: it gives a Content-Length."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields)]
    lines += [] if stays else ["Connection: close"]
    visitor.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))


if __name__ == "__main__":
    module, _, attribute = (sys.argv[2] if len(sys.argv) > 2 else "app:app").partition(":")
    main(int(sys.argv[1]), getattr(importlib.import_module(module), attribute))
