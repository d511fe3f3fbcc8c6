"""The guest book over real sockets: bytes in, bytes out."""

import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from step01_socket_server.server import serve_forever
from step02_http.connection import Connection, Limits
from step02_http.exchange import Exchange, serve
from step02_http.site import ENTRIES_KEPT, STATIC_FOLDER, Site, decode

PATIENT = Limits()
HASTY = Limits(idle=0.5, head=0.5, body=0.5, send=0.5, linger=0.5)
HOST = b"Host: a\r\n"
Address = tuple[str, int]


@contextmanager
def serving(
    keep_alive: bool = False, limits: Limits = PATIENT, site: Site | None = None
) -> Iterator[Address]:
    """Serve the guest book from a thread on a free port."""
    pages = site or Site("Step 02", "HTTP")

    def answer(exchange: Exchange) -> None:
        request = exchange.request
        exchange.respond(pages(request.method, decode(request.path), request.query, exchange.body.read))

    def handle(sock: socket.socket, client: str) -> None:
        connection = Connection(sock, client, limits)
        while (request := connection.read_request()) and serve(connection, request, answer, keep_alive):
            pass

    def run() -> None:
        with suppress(OSError):  # the listener was shut down: the test is over
            serve_forever(listener, handle)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()[:2]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with serving() as address:
        yield address


@pytest.fixture(scope="module")
def hasty() -> Iterator[Address]:
    """The same, out of patience after half a second: only for tests of clients that are slow on purpose."""
    with serving(limits=HASTY) as address:
        yield address


def ask(address: Address, *pieces: bytes, end: bool = False) -> bytes:
    """Send the pieces and return everything until the server closes."""
    with socket.create_connection(address, timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
        if end:
            connection.shutdown(socket.SHUT_WR)
        return everything(connection)


def everything(connection: socket.socket) -> bytes:
    answer = b""
    while block := connection.recv(65536):
        answer += block
    return answer


def get(
    target: str, method: str = "GET", version: str = "1.1", more: bytes = b"", body: bytes = b""
) -> bytes:
    return f"{method} {target} HTTP/{version}\r\n".encode() + HOST + more + b"\r\n" + body


def post(content: bytes, *more: bytes, length: int | None = None) -> bytes:
    fields = [
        b"Content-Type: application/x-www-form-urlencoded\r\n",
        b"Content-Length: %d\r\n" % (len(content) if length is None else length),
        *more,
    ]
    return get("/guestbook", "POST", more=b"".join(fields), body=content)


def status(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer[9:12])


@pytest.mark.parametrize(
    ("expected", "request_bytes"),
    [
        (200, get("/")),
        (200, get("/", version="1.0")),
        (200, get("/", "HEAD")),
        (200, get("/sign")),
        (200, get("/slow?seconds=0")),
        (200, get("/%68ello")),
        (200, get("http://a/hello")),
        (200, get("http://a:80?x")),
        (400, get("http://:80/hello")),  # RFC 9110, 4.2.1: an address without a host is invalid
        (404, get("/missing")),
        (404, get("//")),
        (404, get("/static/missing.css")),
        (404, get("/static/../site.py")),
        (404, get("/static/%2e%2e/site.py")),
        (404, get("/static/%2e%2e%2fsite.py")),
        (404, get("/static/..%5csite.py")),
        (404, get("/static//etc/passwd")),
        (404, get("/static/style.css%00.png")),
        (405, get("/", "POST")),
        (405, get("/", "DELETE")),
        (405, get("/guestbook")),
        (405, get("/static/style.css", "POST")),
        (405, get("*", "OPTIONS")),
        (501, get("/", "BREW")),
        (501, get("a:1", "CONNECT")),
        (505, get("/", version="2.0")),
        (400, b"hello\r\n\r\n"),
        (400, b"\0"),
        (400, get("/%ff")),
        (400, get("/hello?name=%ff")),
        (400, get("/slow?seconds=31")),
        (400, get("/slow?seconds=nan")),
        (400, get("/slow?seconds=-1")),
        (400, get("/slow?seconds=x")),
        (400, get("/download?bytes=1000000001")),
        (400, get("/download?bytes=-1")),
        (414, get("/" + "a" * 9000)),
        (431, get("/", more=b"X: " + b"a" * 40000 + b"\r\n")),
        (413, post(b"", length=2_000_000)),
        (413, post(b"name=a&message=" + b"x" * 20_000)),
        (400, get("/guestbook", "POST", more=b"Content-Length: 0\r\n")),
        (400, post(b"name=a&message=")),
        (400, post(b"name=a&message=%zz")),
        (400, post(b"name=%ff&message=a")),
        (400, post(b"name=" + b"a" * 41 + b"&message=b")),
        (400, post(b"name=a&message=" + b"b" * 281)),
        (303, post("name=Zo%C3%AB&message=ë".encode())),
        (400, post(b"", b"Transfer-Encoding: chunked\r\n")),
    ],
)
def test_every_request_has_its_status(address: Address, expected: int, request_bytes: bytes) -> None:
    answer = ask(address, request_bytes)
    assert status(answer) == expected
    assert b"\r\nConnection: close\r\n" in answer
    assert b"\r\nDate: " in answer
    if expected == 405:
        assert b"\r\nAllow: " in answer


def test_a_signed_entry_is_on_the_page_in_utf_8_and_unescaped() -> None:
    with serving() as address:
        answer = ask(address, post(b"name=Zo%C3%AB&message=%3Cscript%3Ealert(1)%3C/script%3E"))
        assert b"\r\nLocation: /\r\n" in answer
        page = ask(address, get("/")).decode()
    assert "<script>alert(1)</script>" in page  # on purpose: step 04 mends it
    assert "Zoë" in page


def test_only_the_newest_entries_are_kept() -> None:
    site = Site("Step 02", "HTTP")
    with serving(site=site, keep_alive=True) as address:
        answer = ask(address, b"".join(post(b"name=a&message=m%d" % n) for n in range(60)), end=True)
        assert answer.count(b"HTTP/1.1 303") == 60
    assert len(site.entries) == ENTRIES_KEPT
    assert site.entries[0][0] == "m59"


@pytest.mark.parametrize("name", ["style.css", "guestbook.png"])
def test_static_files_come_whole(address: Address, name: str) -> None:
    head, _, content = ask(address, get(f"/static/{name}")).partition(b"\r\n\r\n")
    assert content == (STATIC_FOLDER / name).read_bytes()
    assert f"Content-Length: {len(content)}".encode() in head
    of_head, _, nothing = ask(address, get(f"/static/{name}", "HEAD")).partition(b"\r\n\r\n")
    assert nothing == b""
    assert sorted(of_head.splitlines())[:3] == sorted(head.splitlines())[:3]


def test_a_chunked_form_is_understood(address: Address) -> None:
    fields = b"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n"
    body = b"6\r\nname=a\r\n9;x=y\r\n&message=\r\n1\r\nb\r\n0\r\nA-Trailer: c\r\n\r\n"
    request = get("/guestbook", "POST", more=fields, body=body)
    assert status(ask(address, request)) == 303
    assert status(ask(address, *(bytes([byte]) for byte in request))) == 303


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 120), max_size=4))
def test_where_the_network_splits_a_request_makes_no_difference(address: Address, cuts: list[int]) -> None:
    request = post(b"name=a&message=b")
    edges = [0, *sorted(cuts), len(request)]
    pieces = [request[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    assert status(ask(address, *pieces)) == 303


def test_requests_in_one_segment_are_answered_in_order() -> None:
    with serving(keep_alive=True) as address:
        answer = ask(address, get("/hello?name=a") + get("/missing") + get("/hello?name=c"), end=True)
    assert [line.split()[1] for line in answer.splitlines() if line.startswith(b"HTTP/")] == [
        b"200",
        b"404",
        b"200",
    ]
    assert answer.index(b"Hello, a!") < answer.index(b"404 Not Found") < answer.index(b"Hello, c!")


def test_by_default_the_second_request_in_a_segment_is_not_answered_and_the_first_is_whole(
    address: Address,
) -> None:
    answer = ask(address, get("/hello?name=a") + get("/hello?name=b"))
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.endswith(b"</html>\n")


@pytest.mark.parametrize(
    ("version", "fields", "kept"),
    [
        ("1.1", b"", True),
        ("1.1", b"Connection: close\r\n", False),
        ("1.1", b"Connection: x, Close\r\n", False),
        ("1.0", b"", False),
        ("1.0", b"Connection: keep-alive\r\n", True),
    ],
)
def test_keep_alive_is_what_both_sides_want(version: str, fields: bytes, kept: bool) -> None:
    with serving(keep_alive=True) as address:
        answer = ask(address, get("/", version=version, more=fields) + get("/"), end=True)
    assert answer.count(b"HTTP/1.1 200") == (2 if kept else 1)
    assert (b"Connection: close" in answer) is not kept
    assert (b"Connection: keep-alive" in answer) is (version == "1.0" and kept)


def test_an_unread_body_is_never_taken_for_the_next_request() -> None:
    smuggled = get("/hello?name=smuggled")
    with serving(keep_alive=True) as address:
        answer = ask(
            address, get("/", more=b"Content-Length: %d\r\n" % len(smuggled), body=smuggled), end=True
        )
    assert answer.count(b"HTTP/1.1") == 1
    assert b"Connection: close" in answer


def test_the_client_is_told_to_go_on_only_when_the_body_is_wanted(address: Address) -> None:
    content, expect = b"name=a&message=b", b"Expect: 100-continue\r\n"
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(post(b"", expect, length=len(content)))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(content)
        assert status(everything(connection)) == 303
    assert status(ask(address, post(b"", expect, length=2_000_000))) == 413
    assert status(ask(address, post(content, expect))) == 303  # it did not wait, so nothing to tell


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET", get("/")[:-1], post(b"name=a", length=9)])
def test_a_request_cut_off_by_the_client_ends_at_once(address: Address, sent: bytes) -> None:
    began = time.monotonic()
    answer = ask(address, sent, end=True)
    assert time.monotonic() - began < PATIENT.idle - 1
    begun = sent.strip() != b""  # empty lines are ignored (RFC 9112, 2.2): after them nothing has begun
    assert status(answer) == 400 if begun else answer == b""


@pytest.mark.parametrize("sent", [b"GET", post(b"name=a", length=99)])
def test_a_dripping_client_gets_408_in_the_same_time_as_a_silent_one(hasty: Address, sent: bytes) -> None:
    with socket.create_connection(hasty, timeout=5) as connection:
        began = time.monotonic()
        connection.sendall(sent)
        connection.settimeout(0.05)
        while time.monotonic() - began < 5:
            with suppress(TimeoutError):
                answer = connection.recv(65536)
                break
            connection.sendall(b"x")
        assert time.monotonic() - began < 5 * HASTY.head
    assert status(answer) == 408


def test_a_silent_client_is_dropped_without_an_answer(hasty: Address) -> None:
    with socket.create_connection(hasty, timeout=5) as connection:
        assert connection.recv(1) == b""


def test_an_early_refusal_is_not_lost_in_a_reset(address: Address) -> None:
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(post(b"", length=2_000_000))
        with suppress(OSError):
            connection.sendall(b"x" * 2_000_000)
        assert status(everything(connection)) == 413


def test_a_reset_in_the_middle_of_an_answer_costs_nobody_else(address: Address) -> None:
    for sent in [get("/download?bytes=100000000"), post(b"name=a", length=9), get("/")[:9]]:
        connection = socket.create_connection(address, timeout=5)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(sent)
        connection.close()
    assert status(ask(address, get("/"))) == 200


def test_a_client_that_stops_reading_is_given_up(hasty: Address) -> None:
    with socket.create_connection(hasty, timeout=5) as connection:
        connection.sendall(get("/download?bytes=100000000"))
        assert status(ask(hasty, get("/"))) == 200
        assert len(everything_until_reset(connection)) < 100_000_000


def everything_until_reset(connection: socket.socket) -> bytes:
    blocks = []
    with suppress(ConnectionResetError):
        while block := connection.recv(65536):
            blocks.append(block)
    return b"".join(blocks)


def test_a_mistake_in_a_page_is_a_500_and_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    site = Site("Step 02", "HTTP")
    site.pages["/"] = lambda query: 1 / 0  # type: ignore[assignment, return-value]
    with serving(site=site, keep_alive=True) as address:
        assert status(ask(address, get("/"), end=True)) == 500
        assert status(ask(address, get("/sign"), end=True)) == 200
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_download_is_as_long_as_asked(address: Address) -> None:
    head, _, content = ask(address, get("/download?bytes=200001")).partition(b"\r\n\r\n")
    assert b"Content-Length: 200001" in head
    assert content == bytes(200001)


def test_curl_understands_the_answers(address: Address) -> None:
    url = f"http://{address[0]}:{address[1]}"
    command = [
        "curl",
        "-sS",
        "-m",
        "5",
        "--fail",
        "-L",
        "-d",
        "name=Zoë",
        "-d",
        "message=hi",
        f"{url}/guestbook",
    ]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Zoë" in result.stdout
