"""Bytes in, bytes out, over real sockets."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from step01_socket_server.page import send_page
from step01_socket_server.server import Handler, serve_forever


@contextmanager
def serving(handle: Handler) -> Iterator[tuple[str, int]]:
    """Run the accept loop in a thread; closing the listener ends it."""

    def run() -> None:
        with suppress(OSError):  # the listener was shut down: the test is over
            serve_forever(listener, handle)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()[:2]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def everything_from(address: tuple[str, int], *pieces: bytes) -> bytes:
    with socket.create_connection(address, timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        return answer


@pytest.mark.parametrize("question", [b"GET / HTTP/1.1\r\n\r\n", b"hello", b"\0\xff\r\n", b"x" * 500_000])
def test_any_bytes_are_answered_with_the_page_and_nothing_else(question: bytes) -> None:
    with serving(send_page) as address:
        answer = everything_from(address, question)
    assert answer.startswith(b"<!doctype html>")
    assert answer.endswith(b"</html>\n")
    assert b"A raw socket" in answer


def test_a_visitor_who_says_nothing_gets_nothing_and_the_next_one_is_served() -> None:
    with serving(send_page) as address:
        assert everything_from(address) == b""
        assert everything_from(address, b"hello").startswith(b"<!doctype html>")


def test_a_visitor_who_never_speaks_is_dropped_after_the_time_out() -> None:
    with (
        serving(lambda connection, client: send_page(connection, client, patience=0.5)) as address,
        socket.create_connection(address, timeout=5) as silent,
    ):
        assert everything_from(address, b"hello").startswith(b"<!doctype html>")
        assert silent.recv(1) == b""


def test_a_reset_or_a_mistake_in_the_handler_does_not_end_the_loop(
    capsys: pytest.CaptureFixture[str],
) -> None:
    errors = [ConnectionResetError("reset"), ZeroDivisionError("mistake")]

    def handle(connection: socket.socket, client: str) -> None:
        if errors:
            raise errors.pop(0)
        send_page(connection, client)

    with serving(handle) as address:
        for _ in range(2):
            with socket.create_connection(address, timeout=5) as visitor:
                assert visitor.recv(1) == b""
        assert everything_from(address, b"hello").startswith(b"<!doctype html>")
    written = capsys.readouterr().err
    assert "went away: reset" in written
    assert "ZeroDivisionError: mistake" in written


class MacListener(socket.socket):
    """As macOS accepts a visitor who is gone already: without an address."""

    def accept(self) -> tuple[socket.socket, None]:
        return super().accept()[0], None


def test_a_visitor_without_an_address_does_not_end_the_loop(capsys: pytest.CaptureFixture[str]) -> None:
    def run() -> None:
        with suppress(OSError):  # the listener was shut down: the test is over
            serve_forever(listener, send_page)

    with MacListener() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=run)
        thread.start()
        for _ in range(2):
            assert everything_from(listener.getsockname(), b"hello").startswith(b"<!doctype html>")
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert capsys.readouterr().err == "- sent 5 bytes\n" * 2


def test_curl_needs_to_be_told_that_there_is_no_protocol() -> None:
    with serving(send_page) as (host, port):
        url = f"http://{host}:{port}/"
        plain = subprocess.run(["curl", "-s", "-m", "5", url], capture_output=True)
        lenient = subprocess.run(["curl", "-s", "-m", "5", "--http0.9", url], capture_output=True)
    assert plain.returncode == 1  # CURLE_UNSUPPORTED_PROTOCOL: "Received HTTP/0.9 when not allowed"
    assert lenient.returncode == 0
    assert lenient.stdout.startswith(b"<!doctype html>")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_the_program_quietly(number: signal.Signals, code: int) -> None:
    command = [sys.executable, "-m", "step01_socket_server", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        assert program.stderr.readline().startswith("Step 01 · A raw socket: http://127.0.0.1:")
        program.send_signal(number)
        assert program.wait(25) == code
        assert program.stderr.read() == ""


@pytest.mark.parametrize("step", ["step01_socket_server", "step02_http", "step03_wsgi"])
def test_a_server_whose_log_nobody_reads_any_more_goes_on_serving(step: str) -> None:
    command = [sys.executable, "-m", step, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        port = int(program.stderr.readline().rpartition(":")[2])
        program.stderr.close()
        for _ in range(10):  # more than step 03 has threads
            assert b"</html>" in everything_from(("127.0.0.1", port), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        program.terminate()


@pytest.mark.parametrize("port", ["-1", "65536", "taken"])
def test_a_port_that_cannot_be_had_is_one_clear_line(port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1]) if port == "taken" else port
        command = [sys.executable, "-m", "step01_socket_server", f"--port={port}"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=25)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert port in result.stderr


def test_a_port_that_is_no_number_is_said_with_the_usage() -> None:
    command = [sys.executable, "-m", "step01_socket_server", "--port=abc"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=25)
    assert result.returncode == 2
    assert result.stderr.endswith("error: argument --port: invalid int value: 'abc'\n")
