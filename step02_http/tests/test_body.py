"""Where a body ends, and what is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from step02_http.body import Decoder
from step02_http.message import HTTPError, Request
from step02_http.parser import parse_head

LIMIT = 1000
CHUNKED = b"5\r\nhello\r\n6;name=value\r\n world\r\n0\r\nTrailer: x\r\n\r\n"


def request(*fields: bytes, version: bytes = b"1.1") -> Request:
    head = b"POST / HTTP/" + version + b"\r\nHost: a\r\n" + b"".join(field + b"\r\n" for field in fields)
    parsed = parse_head(bytearray(head + b"\r\n"), LIMIT)
    assert parsed is not None
    return parsed


def read(parsed: Request, *pieces: bytes, size: int = 65536) -> tuple[bytes, bytes, bool]:
    """Return the content, what is left over, and whether the end was seen."""
    decoder, buffer, content = Decoder(parsed.length, LIMIT), bytearray(), b""
    for piece in pieces:
        buffer += piece
        while data := decoder.decode(buffer, size):
            content += data
    return content, bytes(buffer), decoder.done


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (400, [b"Content-Length: -1"]),
        (400, [b"Content-Length: +1"]),
        (400, [b"Content-Length: 1_0"]),
        (400, [b"Content-Length: 0x10"]),
        (400, [b"Content-Length:"]),
        (400, [b"Content-Length: 5, 5"]),
        (400, [b"Content-Length: " + b"1" * 5000]),
        (400, [b"Content-Length: 5", b"Content-Length: 5"]),
        (400, [b"Content-Length: 5", b"Content-Length: 6"]),
        (400, [b"Content-Length: 5", b"Transfer-Encoding: chunked"]),
        (400, [b"Transfer-Encoding:"]),
        (400, [b"Transfer-Encoding: gzip"]),
        (400, [b"Transfer-Encoding: , chunked ,"]),
        (400, [b"Transfer-Encoding: chunked, gzip"]),
        (400, [b"Transfer-Encoding: chunked, chunked"]),
        (400, [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"]),
        (400, [b"Transfer-Encoding: \x0bchunked".replace(b"\x0b", b"x")]),
        (501, [b"Transfer-Encoding: gzip, chunked"]),
        (413, [b"Content-Length: 1001"]),
        (413, [b"Content-Length: 999999999999999999"]),
    ],
)
def test_two_opinions_on_the_length_or_none_are_refused(status: int, fields: list[bytes]) -> None:
    with pytest.raises(HTTPError) as refusal:
        request(*fields)
    assert refusal.value.status.startswith(str(status))


def test_http_1_0_has_no_transfer_codings() -> None:
    with pytest.raises(HTTPError) as refusal:
        request(b"Transfer-Encoding: chunked", version=b"1.0")
    assert refusal.value.status.startswith("400")


@pytest.mark.parametrize("coding", [b"chunked", b"Chunked", b" chunked\t"])
def test_a_chunked_body_is_unwrapped_and_the_next_request_left_alone(coding: bytes) -> None:
    parsed = request(b"Transfer-Encoding: " + coding)
    assert read(parsed, CHUNKED + b"GET /") == (b"hello world", b"GET /", True)


def test_a_body_of_known_length_is_taken_and_the_next_request_left_alone() -> None:
    assert read(request(b"Content-Length: 5"), b"hello", b"GET /") == (b"hello", b"GET /", True)
    assert read(request(b"Content-Length: 5"), b"hel") == (b"hel", b"", False)


def test_no_length_means_no_body() -> None:
    assert read(request(), b"GET /") == (b"", b"GET /", True)


@given(st.lists(st.integers(0, len(CHUNKED))), st.integers(1, 7))
def test_where_a_chunked_body_is_split_makes_no_difference(cuts: list[int], size: int) -> None:
    edges = [0, *sorted(cuts), len(CHUNKED)]
    pieces = [CHUNKED[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    assert read(request(b"Transfer-Encoding: chunked"), *pieces, size=size) == (b"hello world", b"", True)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b"x\r\n"),
        (400, b"-5\r\n"),
        (400, b"0x5\r\nhello\r\n"),
        (400, b" 5\r\nhello\r\n"),
        (400, b"5 \r\nhello\r\n"),
        (400, b"\r\nhello\r\n"),
        (400, b"5\r\nhello!\r\n"),
        (400, b"5\r\nhelloX\r\n0\r\n\r\n"),
        (400, b"5;a=\0\r\nhello\r\n"),
        (400, b"5\nhello\r\n0\r\n\r\n"),
        (400, b"1" * 16 + b"\r\n"),
        (400, b"5;" + b"x" * 300),
        (400, b"0\r\nnot a field\r\n\r\n"),
        (413, b"0\r\n" + b"X: y\r\n" * 3000 + b"\r\n"),
        (413, (b"1;" + b"x" * 200 + b"\r\ny\r\n") * 300),
        (413, b"3e9\r\n"),
        (413, b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\n"),
    ],
)
def test_a_chunked_body_that_is_not_one_is_refused(status: int, body: bytes) -> None:
    with pytest.raises(HTTPError) as refusal:
        read(request(b"Transfer-Encoding: chunked"), body)
    assert refusal.value.status.startswith(str(status))
