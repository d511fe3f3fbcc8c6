"""The reader of answers: strict where a browser is, and with the reason."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.answers import Answer, NotHTTP, Unframed, take_answer
from checks.claim import Trouble

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\nx: y\r\n\r\n"
NO_BODY = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"
EARLY = b"HTTP/1.1 100 Continue\r\n\r\n" + PAGE


def taken(data: bytes, method: str = "GET", ended: bool = False) -> Answer:
    answer = take_answer(bytearray(data), method, ended)
    assert answer
    return answer


@pytest.mark.parametrize("data", [PAGE, CHUNKS, EARLY], ids=["length", "chunks", "100 first"])
def test_the_body_ends_where_its_framing_says(data: bytes) -> None:
    buffer = bytearray(data + b"HTTP/1.1 404 Not Found\r\n")
    answer = take_answer(buffer, "GET", ended=False)
    assert answer
    assert (answer.status, answer.body) == (200, b"hello")
    assert buffer == b"HTTP/1.1 404 Not Found\r\n"


@given(st.sampled_from([PAGE, CHUNKS, NO_BODY, EARLY]), st.data())
def test_it_does_not_matter_how_the_bytes_are_cut(data: bytes, draw: st.DataObject) -> None:
    cut = draw.draw(st.integers(0, len(data) - 1))
    buffer = bytearray(data[:cut])
    early = take_answer(buffer, "GET", ended=False)
    buffer += data[cut:]
    assert (early or take_answer(buffer, "GET", ended=False)) == take_answer(bytearray(data), "GET", False)


@pytest.mark.parametrize("data", [PAGE, CHUNKS, NO_BODY, EARLY])
def test_h11_reads_the_same(data: bytes) -> None:
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    status, body = 0, b""
    while not isinstance(event := client.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
    ours = taken(data)
    assert (ours.status, ours.body) == (status, body)


def test_without_a_length_the_end_of_the_connection_is_the_end_of_the_body() -> None:
    data = b"HTTP/1.0 200 OK\r\n\r\nhello"
    assert take_answer(bytearray(data), "GET", ended=False) is None
    assert taken(data, ended=True).closes


def test_an_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    assert taken(PAGE.removesuffix(b"hello"), method="HEAD").body == b""


@pytest.mark.parametrize(
    ("data", "trouble", "says"),
    [
        (b"<!doctype html>", NotHTTP, "status line"),
        (b"HTTP/1.1 OK\r\n\r\n", NotHTTP, "status line"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", NotHTTP, "name, colon, value"),
        (b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", NotHTTP, "status line"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", Unframed, "not one number"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", Unframed, "not one number"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", Unframed, "its size"),
    ],
)
def test_what_a_browser_would_not_take_is_refused_with_the_reason(
    data: bytes, trouble: type[Trouble], says: str
) -> None:
    with pytest.raises(trouble, match=says) as raised:
        take_answer(bytearray(data), "GET", ended=False)
    assert raised.value.culprit


def test_a_head_that_never_ends_is_refused_when_the_connection_ends() -> None:
    with pytest.raises(NotHTTP, match="does not end"):
        take_answer(bytearray(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"), "GET", ended=True)
