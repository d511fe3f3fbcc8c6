"""`python -m bench.serve NAME PORT`: one server, here and now, without a line in a log for each request.

Each function is named after what it starts. Those that bring a command of their own are in `peers.py`.
"""

import select
import socket
import sys
import threading
from collections.abc import Callable

from bench.page import CONTENT, FIELDS, app

THREADS = 8
QUEUE = 1024
CANNED = b"".join(
    [b"HTTP/1.1 200 OK\r\n", *(f"{name}: {value}\r\n".encode() for name, value in FIELDS), b"\r\n", CONTENT]
)


def step02(port: int) -> None:
    """Our server of step 02: one visitor at a time, with keep-alive."""
    from step01_socket_server.server import serve_forever
    from step02_http.connection import Connection, Limits
    from step02_http.exchange import Exchange, serve
    from step02_http.message import Response

    def answer(exchange: Exchange) -> None:
        exchange.respond(Response("200 OK", tuple(FIELDS), (CONTENT,)))

    def handle(sock: socket.socket, client: str) -> None:
        connection = Connection(sock, client, Limits(), quiet=True)
        while (request := connection.read_request()) and serve(connection, request, answer, keep_alive=True):
            pass

    serve_forever(listener(port), handle)


def http_server(port: int) -> None:
    """Python's `http.server`, a thread a connection."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in FIELDS:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    ThreadingHTTPServer.request_queue_size = QUEUE
    ThreadingHTTPServer(("127.0.0.1", port), Page).serve_forever()


def wsgiref(port: int) -> None:
    """Python's `wsgiref`: one visitor at a time, and a connection a request."""
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    WSGIServer.request_queue_size = QUEUE
    server = WSGIServer(("127.0.0.1", port), Quiet)
    server.set_app(app)
    server.serve_forever()


def werkzeug(port: int) -> None:
    """Flask's development server."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, type: str, message: str, *args: object) -> None:
            """Say nothing."""

    make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet).serve_forever()


def waitress(port: int) -> None:
    """Waitress, allowed more than its 100 connections, and by poll(): select() fails behind number 1023."""
    from waitress import serve

    more = {"connection_limit": 5000, "asyncore_use_poll": True, "backlog": QUEUE}
    serve(app, host="127.0.0.1", port=port, threads=THREADS, **more, _quiet=True)


def cheroot(port: int) -> None:
    """CherryPy's server."""
    from cheroot.wsgi import Server

    Server(("127.0.0.1", port), app, numthreads=THREADS, request_queue_size=QUEUE).start()


def bjoern(port: int) -> None:
    """A server in C."""
    import bjoern as server

    server.run(app, "127.0.0.1", port, listen_backlog=QUEUE)


def threads_and_sockets(port: int) -> None:
    """The limit of threads: a thread a connection, an answer from the can, nothing read with care."""

    def answer(connection: socket.socket) -> None:
        with connection:
            while asked := connection.recv(65536):
                connection.send(CANNED)
                if b"close" in asked:
                    return

    server = listener(port)
    while True:
        threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()


def one_loop_and_sockets(port: int) -> None:
    """The limit of one loop: epoll (Linux), an answer from the can, and nothing read with care."""
    poll, server = select.epoll(), listener(port)
    connections: dict[int, socket.socket] = {server.fileno(): server}
    poll.register(server, select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            connection = connections[number]
            if connection is server:
                connection, _ = server.accept()
                connections[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
                continue
            try:
                asked = connection.recv(65536)
                goes_on = asked and connection.send(CANNED) and b"close" not in asked
            except OSError:
                goes_on = False
            if not goes_on:
                connections.pop(number).close()


def listener(port: int) -> socket.socket:
    """A listener as the course's steps have it."""
    server = socket.create_server(("127.0.0.1", port), backlog=QUEUE)
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server


SERVERS: dict[str, Callable[[int], None]] = {
    one.__name__: one
    for one in (step02, http_server, wsgiref, werkzeug, waitress, cheroot, bjoern)
    + (threads_and_sockets, one_loop_and_sockets)
}


if __name__ == "__main__":
    SERVERS[sys.argv[1]](int(sys.argv[2]))
