"""An answer leaves in one piece, or not at all."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from step07_load_balancing.worker import OnePiece

ROOT = Path(__file__).resolve().parents[2]
# The app is killed in the middle of its answer: after its head, before the first piece of its body is sent.
APP = """
import os, signal
def app(environ, start_response):
    path = environ["PATH_INFO"]
    write = start_response("200 OK", [("Content-Length", "0" if path == "/empty" else "6")])
    if path == "/dies":
        write(b"")  # gunicorn sends the head now
        os.kill(os.getpid(), signal.SIGKILL)
    return [] if path == "/empty" else [b"whole", b"!"]
"""


@pytest.fixture
def pair() -> Iterator[tuple[OnePiece, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        there.setblocking(False)
        yield OnePiece(here), there


def test_the_head_waits_for_the_body(pair: tuple[OnePiece, socket.socket]) -> None:
    here, there = pair
    here.sendall(b"head ")
    with pytest.raises(BlockingIOError):
        there.recv(100)
    here.sendall(b"body")
    assert there.recv(100) == b"head body"
    here.sendall(b" more")
    assert there.recv(100) == b" more"


def test_a_head_without_a_body_leaves_at_the_end(pair: tuple[OnePiece, socket.socket]) -> None:
    here, there = pair
    here.sendall(b"head")
    here.flush()
    here.flush()
    assert there.recv(100) == b"head"


@pytest.fixture
def served() -> Iterator[Path]:
    """A gunicorn with this worker, and an app that dies on request."""
    with tempfile.TemporaryDirectory(prefix="s7-", dir="/tmp") as folder:
        place = Path(folder)
        (place / "dying.py").write_text(APP, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": f"{place}{os.pathsep}{ROOT}"}
        command = [sys.executable, "-m", "gunicorn", "--bind", f"unix:{place}/app.sock", "--threads", "2"]
        command += ["--worker-class", "step07_load_balancing.worker.OnePieceWorker", "--no-control-socket"]
        gunicorn = subprocess.Popen(
            [*command, "dying:app"],
            cwd=place,
            env=environment,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield place / "app.sock"
        finally:
            os.killpg(gunicorn.pid, signal.SIGKILL)
            gunicorn.wait()


def ask(path: Path, target: str, patience: float = 30) -> bytes:
    """All bytes of the answer; b"" if the connection ended without one."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(patience)
                connection.connect(str(path))
                connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
                return b"".join(iter(lambda: connection.recv(4096), b""))
        except (FileNotFoundError, ConnectionRefusedError):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_of_an_app_that_is_killed_after_the_head_nothing_is_seen(served: Path) -> None:
    assert ask(served, "/").endswith(b"\r\n\r\nwhole!")
    assert ask(served, "/empty").startswith(b"HTTP/1.1 200 OK\r\n")
    assert ask(served, "/dies") == b""
    assert ask(served, "/").endswith(b"\r\n\r\nwhole!")
