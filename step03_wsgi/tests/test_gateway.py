"""PEP 3333, promise by promise: an application on one side, bytes on the other."""

import asyncio
import gzip
import io
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication
from wsgiref.validate import validator

import pytest

from step02_http.connection import Connection, Limits
from step02_http.exchange import serve
from step03_wsgi.app import app as guest_book
from step03_wsgi.gateway import gateway, server_variables

TEXT = [("Content-Type", "text/plain")]
Environ = dict[str, Any]


def call(app: WSGIApplication, request: bytes, keep_alive: bool = True, threads: int = 1) -> bytes:
    """Send the bytes of a request (or several) to the application and return the bytes of the answer."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(request)
        theirs.shutdown(socket.SHUT_WR)
        connection = Connection(ours, "192.0.2.7", Limits(linger=0.1))
        handle = gateway(app, server_variables("localhost", 8003, threads, 1))
        while (head := connection.read_request()) and serve(connection, head, handle, keep_alive):
            pass
        ours.shutdown(socket.SHUT_WR)
        theirs.settimeout(5)
        answer = b""
        while block := theirs.recv(65536):
            answer += block
        return answer


def get(
    target: str = "/", version: str = "1.1", method: str = "GET", more: str = "", body: bytes = b""
) -> bytes:
    return f"{method} {target} HTTP/{version}\r\nHost: a\r\n{more}\r\n".encode("latin-1") + body


def content_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def seen_environ(request: bytes, threads: int = 1) -> Environ:
    seen: Environ = {}

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        seen.update(environ)
        start_response("200 OK", TEXT)
        return [b"ok"]

    assert call(app, request, threads=threads).startswith(b"HTTP/1.1 200 OK\r\n")
    return seen


@validator
def plain(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


@validator
def echo(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(1_000_000)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


@validator
def generator(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"hel"
    yield b""
    yield b"lo"


CHUNKED = get("/", method="POST", more="Transfer-Encoding: chunked\r\n", body=b"5\r\nhello\r\n0\r\n\r\n")


@pytest.mark.parametrize("app", [plain, echo, generator, validator(guest_book)])
@pytest.mark.parametrize(
    "request_bytes",
    [
        get("/?a=b"),
        get("/", "1.0"),
        get("/", method="HEAD"),
        get("*", method="OPTIONS"),
        get("/Zo%C3%AB%2Fx", method="POST", more="Content-Length: 5\r\n", body=b"hello"),
        CHUNKED,
    ],
)
def test_the_validator_of_the_standard_library_has_no_complaint(
    app: WSGIApplication, request_bytes: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = call(app, request_bytes)
    assert answer.startswith(b"HTTP/1.1 ")
    assert b" 500 " not in answer
    assert "AssertionError" not in capsys.readouterr().err


def test_the_environ_holds_bytes_as_latin_1() -> None:
    environ = seen_environ(
        get("/Zo%C3%AB%2f%20?a=%20b", more="X-Name: Zo\xc3\xab\r\nContent-Type: text/x\r\n")
    )
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/Zoë/ "
    assert environ["SCRIPT_NAME"] == ""
    assert environ["QUERY_STRING"] == "a=%20b"
    assert environ["HTTP_X_NAME"].encode("latin-1").decode() == "Zoë"
    assert environ["CONTENT_TYPE"] == "text/x"
    assert "HTTP_CONTENT_TYPE" not in environ
    assert "CONTENT_LENGTH" not in environ
    assert environ["HTTP_HOST"] == "a"
    assert environ["REMOTE_ADDR"] == "192.0.2.7"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("localhost", "8003")
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["wsgi.input_terminated"] is True


def test_fields_of_one_name_are_joined_and_ambiguous_names_dropped() -> None:
    fields = "X: 1\r\nX: 2\r\nCookie: a=1\r\nCookie: b=2\r\nX_Forwarded_For: evil\r\nProxy: evil\r\n"
    environ = seen_environ(get(more=fields))
    assert environ["HTTP_X"] == "1, 2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert "HTTP_PROXY" not in environ


@pytest.mark.parametrize("threads", [1, 8])
def test_multithread_tells_the_truth(threads: int) -> None:
    assert seen_environ(get(), threads)["wsgi.multithread"] is (threads > 1)
    assert server_variables("", 0, 1, 4)["wsgi.multiprocess"] is True


@pytest.mark.parametrize(
    "request_bytes",
    [get("/", method="POST", more="Content-Length: 15\r\n", body=b"one\ntwo\nthree\n!"), CHUNKED, get()],
)
@pytest.mark.parametrize(
    "way", ["read", "read(4)", "readline", "readline(2)", "readlines", "for", "read(99)"]
)
def test_the_input_never_goes_past_the_body(request_bytes: bytes, way: str) -> None:
    seen: list[bytes] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"]
        ways: dict[str, Any] = {
            "read": lambda: [body.read()],
            "read(4)": lambda: iter(lambda: body.read(4), b""),
            "read(99)": lambda: [body.read(99)],
            "readline": lambda: iter(body.readline, b""),
            "readline(2)": lambda: iter(lambda: body.readline(2), b""),
            "readlines": body.readlines,
            "for": lambda: body,
        }
        seen.append(b"".join(ways[way]()))
        assert body.read(1) == b""
        start_response("200 OK", TEXT)
        return [b"ok"]

    answer = call(app, request_bytes + request_bytes)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    expected = {b"15": b"one\ntwo\nthree\n!", b"ch": b"hello", b"": b""}
    wanted = expected[b"15" if b": 15" in request_bytes else b"ch" if b"chunked" in request_bytes else b""]
    assert seen == [wanted, wanted]


def test_a_lone_block_tells_its_length_and_a_generator_goes_in_chunks() -> None:
    assert b"Content-Length: 5\r\n" in call(returning([b"hello"]), get())
    answer = call(generator, get())
    assert b"Transfer-Encoding: chunked\r\n" in answer
    assert content_of(answer) == b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


def test_without_a_length_http_1_0_is_told_by_the_end_of_the_connection() -> None:
    answer = call(generator, get(version="1.0", more="Connection: keep-alive\r\n"))
    assert b"Connection: close\r\n" in answer
    assert content_of(answer) == b"hello"


@pytest.mark.parametrize("blocks", [[], [b""], [b"", b""], iter([])])
def test_nothing_is_an_answer_of_length_0(blocks: Iterable[bytes]) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        return blocks

    assert b"\r\nContent-Length: 0\r\n" in call(app, get())


def test_head_has_the_fields_of_get_and_no_content() -> None:
    of_get, of_head = (call(returning([b"hello"]), get(method=method)) for method in ("GET", "HEAD"))
    assert of_head == of_get.removesuffix(b"hello")
    assert content_of(call(generator, get(method="HEAD"))) == b""


def test_write_sends_before_the_returned_blocks() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", [*TEXT, ("Content-Length", "5")])
        write(b"hel")
        return [b"lo"]

    assert content_of(call(app, get())) == b"hello"


class Blocks:
    """An iterable that notes that it was closed, and can fail after some blocks."""

    def __init__(self, *blocks: bytes, failure: Exception | None = None):
        self.blocks, self.failure, self.closed = blocks, failure, 0

    def __iter__(self) -> Iterator[bytes]:
        yield from self.blocks
        if self.failure:
            raise self.failure

    def close(self) -> None:
        self.closed += 1


def returning(blocks: Iterable[bytes], headers: list[tuple[str, str]] = TEXT) -> WSGIApplication:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return blocks

    return app


def test_an_error_before_the_first_byte_is_a_500_and_after_it_a_cut(
    capsys: pytest.CaptureFixture[str],
) -> None:
    early, late = Blocks(failure=KeyError("early")), Blocks(b"hello", failure=KeyError("late"))
    assert call(returning(early), get() + get()).count(b"HTTP/1.1 500 ") == 2
    answer = call(returning(late), get() + get())
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.endswith(b"5\r\nhello\r\n")  # no last chunk: the client sees that something is missing
    assert (early.closed, late.closed) == (2, 1)
    assert "KeyError: 'late'" in capsys.readouterr().err


@pytest.mark.parametrize("blocks", [["hello"], "hello", b"hello", [b"", "hello"], None])
def test_an_answer_that_is_not_made_of_bytes_is_a_500(blocks: Any) -> None:
    assert call(returning(blocks), get()).startswith(b"HTTP/1.1 500 ")


def test_once_the_answer_has_begun_it_is_too_late_to_say_continue() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield b"first"
        yield environ["wsgi.input"].read()

    answer = call(app, get(method="POST", more="Expect: 100-continue\r\nContent-Length: 4\r\n"))
    assert answer.endswith(b"\r\n\r\n5\r\nfirst\r\n")  # and then the client was gone


def test_an_answer_shorter_than_promised_ends_the_connection_and_a_longer_one_is_cut() -> None:
    short = call(returning([b"he"], [("Content-Length", "5")]), get() + get())
    assert short.count(b"HTTP/1.1 ") == 1
    long = call(returning([b"hello", b"world"], [("Content-Length", "7")]), get() + get())
    assert long.count(b"hellowoHTTP/1.1 200") == 1


def test_close_is_called_when_the_client_goes_away() -> None:
    blocks = Blocks(*[b"x" * 65536] * 1000)
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(get())
        theirs.close()
        handle = gateway(returning(blocks), server_variables("", 0, 1, 1))
        connection = Connection(ours, "", Limits(send=0.2))
        request = connection.read_request()
        assert request
        assert not serve(connection, request, handle, keep_alive=True)
    assert blocks.closed == 1


@pytest.mark.parametrize(
    "headers",
    [
        [("Connection", "close")],
        [("transfer-encoding", "chunked")],
        [("X", "a\r\nSet-Cookie: b")],
        [("X\r\n", "a")],
        [("X", "Ω")],
        [("Content-Length", "x")],
    ],
)
def test_fields_that_an_application_must_not_send_are_a_500(headers: list[tuple[str, str]]) -> None:
    answer = call(returning([b"hello"], headers), get())
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"Set-Cookie" not in answer


@pytest.mark.parametrize("status", ["200 OK\r\nX: y", "99 Low", "100 Continue", "OK", "200"])
def test_a_status_that_is_none_is_a_500(status: str) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, TEXT)
        return [b"hello"]

    assert call(app, get()).startswith(b"HTTP/1.1 500 ")


def test_start_response_may_be_called_again_only_to_report_an_error() -> None:
    def twice(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        start_response("404 Not Found", TEXT)
        return [b"never"]

    def replaced(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        try:
            raise KeyError
        except KeyError:
            start_response("503 Later", TEXT, sys.exc_info())
        return [b"sorry"]

    def too_late(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield b"hel"
        try:
            raise KeyError
        except KeyError:
            start_response("503 Later", TEXT, sys.exc_info())
        yield b"never"

    def never(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return [b"never"]

    assert call(twice, get()).startswith(b"HTTP/1.1 500 ")
    assert call(replaced, get()).startswith(b"HTTP/1.1 503 Later\r\n")
    assert content_of(call(too_late, get())) == b"3\r\nhel\r\n"
    assert call(never, get()).startswith(b"HTTP/1.1 500 ")


@pytest.mark.parametrize(("status", "length"), [(413, 2_000_000), (400, 99)])
def test_a_broken_body_is_told_to_the_client_even_if_the_application_swallows_it(
    status: int, length: int
) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            environ["wsgi.input"].read()
        except Exception:
            start_response("200 OK", TEXT)
        return [b"fine"]

    answer = call(app, get("/", method="POST", more=f"Content-Length: {length}\r\n", body=b"x"))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: close" in answer


@pytest.mark.parametrize("error", [SystemExit("over"), KeyboardInterrupt(), asyncio.CancelledError()])
def test_what_would_end_a_thread_is_a_500(error: BaseException) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raise error

    assert call(app, get()).startswith(b"HTTP/1.1 500 ")


@pytest.mark.parametrize("kind", ["file", "raw", "half", "gzip", "in memory", "tempfile"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_wrapped_file_is_sent_whole_from_where_it_stands(tmp_path: Path, kind: str, method: str) -> None:
    content = bytes(range(256)) * 40
    (path := tmp_path / "file").write_bytes(content if kind != "gzip" else gzip.compress(content))
    opened: list[Any] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if kind == "gzip":  # has a descriptor, with other bytes behind it
            file: Any = gzip.open(path)  # noqa: SIM115 (the server closes it)
        elif kind == "in memory":
            file = io.BytesIO(content)
        elif kind == "tempfile":
            file = tempfile.TemporaryFile()  # noqa: SIM115 (the server closes it)
            file.write(content)
            file.seek(0)
        else:
            file = path.open("rb", buffering=0 if kind == "raw" else -1)
            file.read(1000 if kind == "half" else 0)
        opened.append(file)
        start_response("200 OK", TEXT)
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](file, 8192)
        return wrapped

    answer = call(app, get(method=method) + get(method=method))
    wanted = content[1000:] if kind == "half" else content
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert all(file.closed for file in opened)
    if method == "HEAD":
        assert wanted[:100] not in answer
    elif kind in ("gzip", "in memory"):
        assert b"Transfer-Encoding: chunked" in answer
    else:
        assert answer.count(b"Content-Length: %d\r\n" % len(wanted)) == 2
        assert answer.count(wanted) == 2


def test_of_a_wrapped_file_no_more_is_sent_than_its_length_says_and_less_ends_the_connection(
    tmp_path: Path,
) -> None:
    (path := tmp_path / "file").write_bytes(b"hello")

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [*TEXT, ("Content-Length", environ["QUERY_STRING"])])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](path.open("rb"))
        return wrapped

    assert call(app, get("/?3") + get("/?5")).count(b"HTTP/1.1 200") == 2
    assert b"\r\n\r\nhelHTTP" in call(app, get("/?3") + get("/?5"))
    assert call(app, get("/?9") + get("/?5")).endswith(b"\r\n\r\nhello")


def test_what_was_written_before_a_wrapped_file_stands_before_it(tmp_path: Path) -> None:
    (path := tmp_path / "file").write_bytes(b"hello")

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)(b"first")
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](path.open("rb"))
        return wrapped

    answer = call(app, get() + get())
    assert content_of(answer).startswith(b"5\r\nfirst\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200")


class Shrinking(io.FileIO):
    """A file that somebody cuts off once its size was looked up."""

    def tell(self) -> int:
        self.truncate(3)
        return super().tell()


def test_a_wrapped_file_that_shrinks_on_its_way_ends_the_connection(tmp_path: Path) -> None:
    (path := tmp_path / "file").write_bytes(b"hello")

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path.write_bytes(b"hello")
        start_response("200 OK", TEXT)
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](Shrinking(path, "r+"))
        return wrapped

    answer = call(app, get() + get())
    assert b"\r\nContent-Length: 5\r\n" in answer
    assert answer.count(b"HTTP/1.1 200") == 1  # else the next answer would be taken for the rest
    assert answer.endswith(b"\r\n\r\nhel")


def test_a_wrong_field_is_reported_while_the_application_still_runs() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            start_response("200 OK", [("X", "a\r\nSet-Cookie: b")])
        except ValueError:
            start_response("500 My Own", TEXT)
        return [b"I saw it"]

    assert call(app, get()).startswith(b"HTTP/1.1 500 My Own\r\n")


def test_the_guest_book_is_the_same_site() -> None:
    form = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n"
    signed = call(
        guest_book, get("/guestbook", method="POST", more=form, body=b"11\r\nname=a&message=hi\r\n0\r\n\r\n")
    )
    assert signed.startswith(b"HTTP/1.1 303 ")
    page = call(guest_book, get())
    assert b"Step 03 \xc2\xb7 WSGI" in page
    assert b'<p class="message">hi</p>' in page
    assert "Hello, Zoë!" in call(guest_book, get("/hello?name=Zo%C3%AB")).decode()
    assert call(guest_book, get("/static/%2e%2e/site.py")).startswith(b"HTTP/1.1 404 ")
    assert call(guest_book, get("/", method="BREW")).startswith(b"HTTP/1.1 501 ")


def test_behind_a_server_whose_bodies_do_not_end_the_guest_book_reads_no_further_than_the_form() -> None:
    form = b"name=a&message=wsgiref"
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/guestbook", "SERVER_PROTOCOL": "HTTP/1.1"}
    stream = io.BytesIO(form + b"GET / HTTP/1.1\r\n")
    heads: list[str] = []

    def start_response(status: str, *_: object) -> Any:
        heads.append(status)

    guest_book({**environ, "CONTENT_LENGTH": str(len(form)), "wsgi.input": stream}, start_response)
    assert heads == ["303 See Other"]
    assert stream.read() == b"GET / HTTP/1.1\r\n"
