"""nginx with a step's real configuration, and behind it an app of our own that tells what reaches it.

The app is a stand-in so that a test can make it slow, ill or careless at will.
"""

import http.client
import json
import os
import re
import socket
import socketserver
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest

from launcher import programs
from launcher.sites import free_ports

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def __getitem__(self, name: str) -> str:
        return self.headers.get(name, "")


def ask(
    port: int,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: bytes | None = None,
    host: str = "127.0.0.1",
    seconds: float = 20,
) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, answer.msg, answer.read())
    finally:
        connection.close()


def exchange(port: int, request: bytes, seconds: float = 5, until: bytes = b"\0") -> bytes:
    """Send these bytes, and read until the server closes, or says that, or the time is over."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        try:
            connection.sendall(request)
            while until not in received and (chunk := connection.recv(65536)):
                received += chunk
        except (TimeoutError, ConnectionError):
            pass
    return received


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def nginx_program() -> str:
    found = programs.find(programs.NGINX, os.environ)
    if found is None:
        reason = f"no nginx: {programs.install_command(programs.NGINX)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found.path


class StandIn(BaseHTTPRequestHandler):
    """Tells what it was asked, as JSON. The query says how to misbehave; header_X=… adds a header field."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[Counter[str]] = Counter()

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        query = dict(parse_qsl(urlsplit(self.path).query))
        StandIn.asked[self.path] += 1
        time.sleep(float(query.get("wait", 0)))
        told = {
            "method": self.command,
            "path": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "body": len(body),
            "count": StandIn.asked[self.path],
        }
        content = json.dumps(told).encode() + b" " * int(query.get("pad", 0))
        self.send_response(int(query.get("status", 200)))
        self.send_header("Content-Type", query.get("type", "text/html"))
        self.send_header("Content-Length", str(len(content)))
        for name, value in query.items():
            if name.startswith("header_"):
                self.send_header(name.removeprefix("header_"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_HEAD = do_PUT = answer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def address_string(self) -> str:
        return ""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # nginx hung up, as some tests make it do


@dataclass(frozen=True)
class Edge:
    """A running nginx."""

    port: int
    tls_port: int
    run: Path
    folder: Path
    pid: int

    def log(self) -> str:
        return (self.run / "nginx.log").read_text(encoding="utf-8")

    def lines(self) -> list[dict[str, object]]:
        """The access log: every line of it must be JSON, once all of the line is there."""
        whole, _, _ = self.log().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]

    def line(self, answer: Answer) -> dict[str, object]:
        """The line about this answer."""
        found: list[dict[str, object]] = []

        def look() -> bool:
            found.extend(line for line in self.lines() if line["id"] == answer["X-Request-ID"])
            return bool(found)

        wait_until(look)
        return found[0]


@contextmanager
def stand_in(path: Path) -> Iterator[None]:
    """The app, on this Unix socket."""
    with Server(os.path.relpath(path), StandIn) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            path.unlink(missing_ok=True)


@contextmanager
def nginx(
    step: str,
    run: Path,
    prepare: Callable[[Path, str, dict[str, str]], None],
    change: Callable[[str], str] = lambda text: text,
) -> Iterator[Edge]:
    """nginx as the step's prepare.py sets it up; ``change`` may alter the rendered configuration."""
    ports = free_ports((step,))
    number = step[4:6]
    names = {
        "http_port": ports[f"STEP{number}_PORT"],
        "tls_port": ports.get(f"STEP{number}_TLS_PORT", "0"),
    }
    prepare(ROOT, str(run), names)
    configuration = run / step / "nginx.conf"
    configuration.write_text(change(configuration.read_text(encoding="utf-8")), encoding="utf-8")
    command = [
        nginx_program(),
        "-e",
        "stderr",
        "-p",
        str(run / step),
        "-c",
        "nginx.conf",
        "-g",
        "daemon off;",
    ]
    with open(
        run / "nginx.log", "ab"
    ) as log:  # append: nginx opens it twice, and one would write over the other
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
    edge = Edge(int(names["http_port"]), int(names["tls_port"]), run, run / step, process.pid)
    try:
        wait_until(lambda: process.poll() is not None or answers(edge.port))
        assert process.poll() is None, edge.log()
        yield edge
    finally:
        process.terminate()
        process.wait(15)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def hurried(text: str) -> str:
    """The configuration with every patience of 10 s cut to 1 s, so that a test need not wait that long."""
    return _with_other_seconds(text, "timeouts|proxying", "10s", "1s")


def keeping(text: str) -> str:
    """The configuration with a page kept for a minute, so that no pause of the machine makes it old."""
    return _with_other_seconds(text, "caching", "1s", "60s")


def _with_other_seconds(text: str, files: str, before: str, after: str) -> str:
    def inline(found: re.Match[str]) -> str:
        return re.sub(rf"\b{before};", f"{after};", Path(found[1]).read_text(encoding="utf-8"))

    return re.sub(rf'include "(.*/(?:{files})\.conf)";', inline, text)
