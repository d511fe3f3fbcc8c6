"""Heads of requests: bytes in; a request, "need more", or an error out. h11 is the reference."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from step02_http.message import HTTPError, Request
from step02_http.parser import parse_head

VALID = {
    "origin-form": b"GET /a?b=c HTTP/1.1\r\nHost: example.org\r\n\r\n",
    "1.0 without Host": b"GET / HTTP/1.0\r\n\r\n",
    "absolute-form": b"GET http://example.org/a?b HTTP/1.1\r\nHost: example.org\r\n\r\n",
    "asterisk-form": b"OPTIONS * HTTP/1.1\r\nHost: example.org\r\n\r\n",
    "IPv6 Host with port": b"GET / HTTP/1.1\r\nHost: [::1]:8002\r\n\r\n",
    "empty Host": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "spaces around a value": b"GET / HTTP/1.1\r\nHost: a\r\nX:  two words \t\r\n\r\n",
    "empty value": b"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n",
    "bytes above ASCII in a value": b"GET / HTTP/1.1\r\nHost: a\r\nX: Zo\xc3\xab\r\n\r\n",
    "any token as method": b"M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n",
    "percent-encoding": b"GET /%2e%2E/%C3%AB HTTP/1.1\r\nHost: a\r\n\r\n",
    "fields of one name": b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
}

INVALID = {  # name: (status, bytes)
    "no target": (400, b"GET HTTP/1.1\r\nHost: a\r\n\r\n"),
    "two spaces": (400, b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "tab instead of space": (400, b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "space at the end": (400, b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
    "space in the target": (400, b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    "method is no token": (400, b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "fragment in the target": (400, b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
    "bytes above ASCII in the target": (400, b"GET /Zo\xc3\xab HTTP/1.1\r\nHost: a\r\n\r\n"),
    "NUL in the target": (400, b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
    "percent without digits": (400, b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
    "relative target": (400, b"GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
    "asterisk for GET": (400, b"GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    "other scheme": (400, b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "user in the target": (400, b"GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "lower-case version": (400, b"GET / http/1.1\r\nHost: a\r\n\r\n"),
    "version without minor": (400, b"GET / HTTP/1\r\nHost: a\r\n\r\n"),
    "HTTP/0.9": (400, b"GET /\r\n\r\n"),
    "HTTP/2.0": (505, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    "HTTP/2 preface": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "CONNECT": (501, b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
    "no Host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    "two Hosts in 1.0": (400, b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
    "Host with a path": (400, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    "Host with a space": (400, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    "space before the colon": (400, b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
    "folded line": (400, b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n"),
    "space before the first field": (400, b"GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    "no colon": (400, b"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"),
    "empty name": (400, b"GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"),
    "NUL in a value": (400, b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"),
    "bare CR in a value": (400, b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"),
    "bare LF in a value": (400, b"GET / HTTP/1.1\r\nHost: a\r\nX: a\nb\r\n\r\n"),
    "LF ends the lines": (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "target too long": (414, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    "target without end": (414, b"GET /" + b"a" * 9000),
    "fields too long": (431, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40000 + b"\r\n\r\n"),
    "field without end": (431, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40000),
    "too many fields": (431, b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 100 + b"\r\n"),
}


def parse(data: bytes) -> Request | None:
    return parse_head(bytearray(data))


def h11_request(data: bytes) -> h11.Request | None:
    """Return h11's reading, None when it refuses or wants more."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=65536)
    connection.receive_data(data)
    try:
        event = connection.next_event()
    except h11.RemoteProtocolError:
        return None
    return event if isinstance(event, h11.Request) else None


@pytest.mark.parametrize("name", VALID)
def test_a_valid_request_parses_to_what_h11_reads(name: str) -> None:
    ours, theirs = parse(VALID[name]), h11_request(VALID[name])
    assert ours is not None
    assert theirs is not None
    assert ours.method.encode() == theirs.method
    assert ours.target.encode() == theirs.target
    assert ours.version.encode() == b"HTTP/" + theirs.http_version
    joined: dict[str, str] = {}
    for name_, value in theirs.headers:
        key, text = name_.decode(), value.decode("latin-1")
        joined[key] = f"{joined[key]}{'; ' if key == 'cookie' else ', '}{text}" if key in joined else text
    assert ours.fields == joined


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_request_is_refused_with_its_status(name: str) -> None:
    status, data = INVALID[name]
    with pytest.raises(HTTPError) as refusal:
        parse(data)
    assert refusal.value.status.startswith(str(status))


@given(
    st.sampled_from(sorted(VALID.values()) + [data for _, data in INVALID.values() if len(data) < 500]),
    st.lists(
        st.tuples(st.integers(0, 200), st.sampled_from([b"", b" ", b"\r", b"\n", b"\0", b":", b"%", b"a"]))
    ),
)
def test_whatever_h11_refuses_we_refuse_too(data: bytes, changes: list[tuple[int, bytes]]) -> None:
    for position, replacement in changes:
        data = data[:position] + replacement + data[position + 1 :]
    try:
        ours = parse(data)
    except HTTPError:
        return
    if ours is not None and not data.startswith(
        b"\r\n"
    ):  # RFC 9112, 2.2: empty lines first; h11 refuses them
        theirs = h11_request(data)
        assert theirs is not None
        assert ours.target.encode() == theirs.target


@given(st.sampled_from(sorted(VALID.values())), st.data())
def test_where_the_bytes_are_split_makes_no_difference(data: bytes, draw: st.DataObject) -> None:
    cut = draw.draw(st.integers(0, len(data) - 1))
    buffer = bytearray(data[:cut])
    assert parse_head(buffer) is None
    buffer += data[cut:]
    assert parse_head(buffer) == parse(data)
    assert buffer == b""


@pytest.mark.parametrize("name", VALID)
def test_single_bytes_are_enough(name: str) -> None:
    buffer, request = bytearray(), None
    for byte in b"\r\n" + VALID[name]:
        assert request is None
        buffer.append(byte)
        request = parse_head(buffer)
    assert request == parse(VALID[name])


def test_what_follows_the_head_is_left_for_the_next() -> None:
    buffer = bytearray(VALID["origin-form"] + b"body")
    assert parse_head(buffer) is not None
    assert buffer == b"body"


def test_the_host_of_an_absolute_target_replaces_the_field() -> None:
    request = parse(b"GET http://a.example:81?q HTTP/1.1\r\nHost: b.example\r\n\r\n")
    assert request is not None
    assert (request.path, request.query) == ("/", "q")
    assert request.fields["host"] == "a.example:81"


def test_a_line_that_ends_in_lf_is_named_in_the_refusal() -> None:
    with pytest.raises(HTTPError, match="CR LF"):
        parse(b"GET / HTTP/1.1\nHost: a\n\n")
