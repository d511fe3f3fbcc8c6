"""Answers: values in, bytes out."""

import h11
import pytest

from step02_http.message import Request
from step02_http.writer import Writer


def request(method: str = "GET", version: str = "HTTP/1.1") -> Request:
    return Request(method, "/", "/", "", version, {"host": "a"}, 0)


def answer(
    asked: Request, headers: tuple[tuple[str, str], ...], *blocks: bytes, status: str = "200 OK"
) -> bytes:
    writer = Writer(asked, status, headers)
    return writer.head(persist=True) + b"".join(map(writer.block, blocks)) + writer.end()


def read_with_h11(method: str, data: bytes) -> tuple[dict[bytes, bytes], bytes]:
    """Return the fields and the content that h11's client finds in the answer."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    client.receive_data(b"")
    head, content = client.next_event(), b""
    assert isinstance(head, h11.Response)
    while isinstance(event := client.next_event(), h11.Data):
        content += event.data
    assert isinstance(event, h11.EndOfMessage)
    return dict(head.headers), content


def test_a_known_length_is_announced_and_kept() -> None:
    headers, content = read_with_h11("GET", answer(request(), (("Content-Length", "5"),), b"hel", b"lo"))
    assert content == b"hello"
    assert b"transfer-encoding" not in headers
    assert b"date" in headers


def test_an_unknown_length_goes_in_chunks() -> None:
    headers, content = read_with_h11("GET", answer(request(), (), b"hel", b"", b"lo"))
    assert (headers[b"transfer-encoding"], content) == (b"chunked", b"hello")


def test_an_unknown_length_to_http_1_0_ends_with_the_connection() -> None:
    headers, content = read_with_h11("GET", answer(request(version="HTTP/1.0"), (), b"hello"))
    assert (headers[b"connection"], content) == (b"close", b"hello")


def test_head_gets_the_same_fields_and_no_content() -> None:
    for headers in [(("Content-Length", "5"),), ()]:
        of_get, _ = read_with_h11("GET", answer(request(), headers, b"hello"))
        data = answer(request("HEAD"), headers, b"hello")
        of_head, _ = read_with_h11("HEAD", data)
        assert of_head == of_get
        assert data.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_these_statuses_have_no_content(status: str) -> None:
    headers, content = read_with_h11("GET", answer(request(), (), b"hello", status=status))
    assert content == b""
    assert not {b"content-length", b"transfer-encoding"} & headers.keys()


def test_more_than_the_promised_length_is_not_sent_and_less_ends_the_connection() -> None:
    assert answer(request(), (("Content-Length", "3"),), b"hello").endswith(b"\r\n\r\nhel")
    writer = Writer(request(), "200 OK", (("Content-Length", "3"),))
    writer.head(persist=True)
    writer.block(b"h")
    writer.end()
    assert not writer.persist


def test_a_204_goes_out_without_the_length_that_some_frameworks_give_it() -> None:
    headers, content = read_with_h11(
        "GET", answer(request(), (("Content-Length", "0"), ("X", "a")), status="204 No Content")
    )
    assert (headers[b"x"], content) == (b"a", b"")
    assert b"content-length" not in headers


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("200 OK", (("X", "a\r\nSet-Cookie: b"),)),
        ("200 OK", (("X", "a\nb"),)),
        ("200 OK", (("X", "a\0"),)),
        ("200 OK", (("X\r\nY", "a"),)),
        ("200 OK", (("X ", "a"),)),
        ("200 OK", (("", "a"),)),
        ("200 OK", (("X", "Ω"),)),
        ("200 OK\r\nX: y", ()),
        ("100 Continue", ()),
        ("OK", ()),
        ("200 OK", (("Content-Length", "3"), ("Content-Length", "4"))),
        ("200 OK", (("Content-Length", "-3"),)),
    ],
)
def test_what_a_client_would_read_differently_is_not_sent(
    status: str, headers: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(ValueError, match="not|no "):
        Writer(request(), status, headers)
