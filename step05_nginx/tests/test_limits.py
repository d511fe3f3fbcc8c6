"""What is too big, too much or too often is refused at the door, and nobody else suffers."""

import socket
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from step05_nginx.prepare import prepare
from step05_nginx.tests import edge as edges
from step05_nginx.tests.edge import Answer, Edge, ask, exchange, wait_until


@pytest.fixture
def edge(run: Path) -> Iterator[Edge]:
    """One for each test: nobody has been counted yet."""
    own = run / uuid.uuid4().hex[:8]
    (own / "step05").mkdir(parents=True)
    with edges.stand_in(own / "step05" / "app.sock"), edges.nginx("step05", own, prepare) as fresh:
        yield fresh


def flood(port: int, path: str, count: int) -> list[bytes]:
    """The answers to many requests, sent as fast as one connection takes them."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    return exchange(port, request * (count - 1) + last).split(b"HTTP/1.1 ")[1:]


def statuses(answers: list[bytes]) -> list[int]:
    return [int(answer[:3]) for answer in answers]


def test_a_body_that_is_too_big_is_refused_before_it_is_read(edge: Edge) -> None:
    head = b"POST /guestbook HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\nConnection: close\r\n\r\n"
    assert exchange(edge.port, head, until=b"</html>").startswith(b"HTTP/1.1 413")


def test_a_chunked_body_that_grows_too_big_is_refused(edge: Edge) -> None:
    head = b"POST /guestbook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    body = b"8000\r\n" + b"x" * 0x8000 + b"\r\n9000\r\nx"
    assert exchange(edge.port, head + body, until=b"</html>").startswith(b"HTTP/1.1 413")


def test_a_body_of_the_largest_size_passes_whole(edge: Edge) -> None:
    answer = ask(edge.port, "/guestbook", method="POST", body=b"x" * 65536)
    assert b'"body": 65536' in answer.body


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n", b"431"),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\n"
            + b"X-Many: " * 1
            + b"a" * 7000
            + (b"\r\nX-More: " + b"a" * 7000) * 5
            + b"\r\n\r\n",
            b"431",
        ),
    ],
    ids=["line", "field", "fields"],
)
def test_a_head_that_is_too_big_is_refused(edge: Edge, head: bytes, status: bytes) -> None:
    answer = exchange(edge.port, head)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b'class="status">' + status in answer


def test_a_flood_is_refused_with_429_and_another_address_is_served(edge: Edge) -> None:
    found = statuses(flood(edge.port, "/healthz", 900))
    assert found.count(429) > 100
    assert found.count(200) >= 100  # the burst that is allowed
    assert ask(edge.port, "/healthz", host="::1").status == 200


def test_a_refusal_says_when_to_come_back_and_is_readable(edge: Edge) -> None:
    refused = next(answer for answer in flood(edge.port, "/healthz", 900) if answer.startswith(b"429"))
    assert b"\r\nRetry-After: 1\r\n" in refused
    assert b"too often" in refused


def test_pages_with_their_files_are_never_too_often_for_a_person(edge: Edge) -> None:
    for _ in range(10):
        for path in ("/", "/static/style.css", "/static/guestbook.png"):
            assert ask(edge.port, path).status == 200


def test_static_files_are_not_counted_by_the_rate(edge: Edge) -> None:
    assert set(statuses(flood(edge.port, "/static/style.css", 400))) == {200}


def test_more_than_100_requests_at_work_for_one_address_are_refused(
    edge: Edge, open_posts: list[socket.socket]
) -> None:
    # nginx may not have read the last heads yet. So seldom asked, it has no other reason to refuse.
    wait_until(lambda: ask(edge.port, "/healthz").status == 429)
    assert ask(edge.port, "/healthz", host="::1").status == 200


@pytest.fixture
def open_posts(edge: Edge) -> Iterator[list[socket.socket]]:
    """A hundred visitors from one address who have sent a head, and owe the body."""
    opened = []
    for number in range(100):
        visitor = socket.create_connection(("127.0.0.1", edge.port), timeout=10)
        visitor.sendall(b"POST /guestbook HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
        opened.append(visitor)
        if number % 20 == 19:
            time.sleep(0.2)  # below the rate limit, which is not what this is about
    yield opened
    for visitor in opened:
        visitor.close()


def test_four_downloads_at_once_and_the_pages_stay_free(edge: Edge) -> None:
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(edge.port, "/download?wait=2.5")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    assert ask(edge.port, "/healthz").status == 200
    for thread in threads:
        thread.join()
    assert sorted(one.status for one in answers) == [200] * 4 + [503] * 2
    assert {one["Retry-After"] for one in answers if one.status == 503} == {"5"}


def test_an_exempt_address_is_not_counted(run: Path) -> None:
    other = run / "x"
    (other / "step05").mkdir(parents=True)
    (other / "step05" / "exempt.conf").write_text('127.0.0.1 "";\n', encoding="utf-8")
    with edges.stand_in(other / "step05" / "app.sock"), edges.nginx("step05", other, prepare) as exempting:
        assert set(statuses(flood(exempting.port, "/healthz", 400))) == {200}
