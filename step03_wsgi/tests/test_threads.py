"""The threads themselves, in this process: what systems do that is hard to bring about from outside."""

import errno
import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from step02_http.connection import Limits
from step02_http.exchange import Exchange
from step02_http.message import text_response
from step03_wsgi.threads import Threads

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def hello(exchange: Exchange) -> None:
    exchange.respond(text_response("200 OK", "text/plain", f"hello {exchange.connection.client}"))


@contextmanager
def serving(
    listener: socket.socket, count: int = 2, limits: Limits | None = None
) -> Iterator[tuple[str, int]]:
    end, stop = os.pipe()
    with listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        threads = Threads(listener, hello, limits or Limits())
        thread = threading.Thread(target=threads.run, args=(count, end, 5.0))
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            os.close(stop)
            thread.join()
            os.close(end)
            threads.selector.close()


def ask(address: tuple[str, int]) -> bytes:
    answer = b""
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(REQUEST)
        while block := connection.recv(65536):
            answer += block
    return answer


class MacListener(socket.socket):
    """As macOS accepts a visitor who is gone already: without an address, and closed to every option."""

    def accept(self) -> tuple[socket.socket, None]:
        sock, _ = super().accept()
        return Deaf(fileno=sock.detach()), None


class Deaf(socket.socket):
    def setsockopt(self, *_: Any) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")


def test_visitors_who_were_gone_when_macos_let_them_in_cost_no_thread() -> None:
    with serving(MacListener()) as address:
        for _ in range(3):  # more than there are threads
            assert ask(address).endswith(b"hello ")


class FullListener(socket.socket):
    """Finds no file descriptor free, for a while."""

    tries = 0

    def accept(self) -> tuple[socket.socket, Any]:
        self.tries += 1
        if self.tries <= 4:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_while_no_file_descriptor_is_free_the_threads_do_not_spin(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(FullListener()) as address:
        began = time.monotonic()
        assert ask(address).endswith(b"hello 127.0.0.1")
        assert time.monotonic() - began > 0.1


@pytest.mark.parametrize("pieces", [[b"\r\n"], [b"\r", b"\n"]], ids=["whole", "in halves"])
def test_empty_lines_do_not_prolong_the_time_that_a_client_may_be_silent(pieces: list[bytes]) -> None:
    with (
        serving(socket.socket(), limits=Limits(idle=0.5, head=0.5)) as address,
        socket.create_connection(address, timeout=0.2) as client,
    ):
        for _, piece in zip(range(50), itertools.cycle(pieces), strict=False):
            try:
                client.sendall(piece)
                if client.recv(1) in (b"", b"H"):  # gone, or "HTTP/1.1 408" to half of an empty line
                    return
            except TimeoutError:
                continue
            except OSError:
                return
        pytest.fail("ten seconds of empty lines have kept the connection")
