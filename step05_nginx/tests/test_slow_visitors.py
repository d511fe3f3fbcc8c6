"""The reason for this step: slow strangers lock step 04 out, and cost nothing here."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

import pytest

from launcher.sites import Site
from step05_nginx.tests.edge import ask

SILENT = b""
SLOW_HEAD = b"GET / HTTP/1.1\r\nHost: a\r\nX-"
SLOW_BODY = b"POST /guestbook HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nname"
SLOW_READER = b"GET /download?bytes=8000000 HTTP/1.1\r\nHost: a\r\n\r\n"


@contextmanager
def visitors(port: int, count: int, bytes_sent: bytes) -> Iterator[None]:
    """Many who have sent so much, and no more."""
    with ExitStack() as opened:
        for _ in range(count):
            visitor = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            visitor.sendall(bytes_sent)
        yield


def seconds(request: Callable[[], object]) -> float:
    started = time.perf_counter()
    request()
    return time.perf_counter() - started


@pytest.mark.parametrize("sent", [SILENT, SLOW_HEAD, SLOW_BODY], ids=["silent", "slow head", "slow body"])
def test_a_hundred_slow_visitors_lock_gunicorn_out_but_not_nginx(sites: dict[str, Site], sent: bytes) -> None:
    with visitors(sites["step04"].ports["http"], 100, sent), pytest.raises(TimeoutError):
        ask(sites["step04"].ports["http"], "/healthz", seconds=1.5)
    port = sites["step05"].ports["http"]
    with visitors(port, 100, sent):
        # From another address: those who owe a body count against the limit of theirs.
        assert ask(port, "/healthz", host="::1", seconds=6).status == 200


def test_who_reads_slowly_keeps_no_thread_of_the_app(sites: dict[str, Site]) -> None:
    port = sites["step05"].ports["http"]
    with visitors(port, 40, SLOW_READER):
        assert ask(port, "/healthz", host="::1", seconds=6).status == 200


def test_a_file_costs_the_app_nothing_and_so_is_faster_than_a_page(sites: dict[str, Site]) -> None:
    port = sites["step05"].ports["http"]
    # In turn, so that both meet the same machine, and many, so that its other work counts for nothing.
    pages, files = [], []
    for _ in range(49):
        pages.append(seconds(lambda: ask(port, "/hello", host="::1")))
        files.append(seconds(lambda: ask(port, "/static/guestbook.png", host="::1")))
    assert median(files) < median(pages)
