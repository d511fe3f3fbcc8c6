"""The head of a request: bytes in; a request, "need more", or an error out.

It guarantees that a request which comes out means one thing only: whatever RFC 9112 leaves to the reader's
guess is refused, because a proxy in front of us may guess otherwise (request smuggling, RFC 9112, 11.2).
It refuses to know sockets, time and routes. Bodies are decoded in `body.py`.
"""

import re
from dataclasses import dataclass, replace

from step02_http import errors
from step02_http.message import Headers, Request


@dataclass(frozen=True)
class Limits:
    """How many bytes (or fields) of each part a stranger may make us hold."""

    line: int = 8192
    head: int = 32768
    fields: int = 100
    body: int = 1_048_576


TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
# RFC 9112, 3: one space between the parts. The target: visible, no fragment, two digits after every %.
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb') ((?:[!"$&-~]|%[0-9A-Fa-f]{2})+) HTTP/([0-9]\.[0-9])')
# RFC 9112, 5: no space before the colon, no folded line; RFC 9110, 5.5: no NUL, CR or LF in the value.
VISIBLE = rb"[!-~\x80-\xff]"
VALUE = rb"((?:" + VISIBLE + rb"(?:[\t -~\x80-\xff]*" + VISIBLE + rb")?)?)"
FIELD = re.compile(rb"(" + TOKEN + rb"):[ \t]*" + VALUE + rb"[ \t]*")
BEGINNING = re.compile(TOKEN + rb"|\r?\Z")
BARE_LF = re.compile(rb"(?<!\r)\n")
ABSOLUTE = re.compile(r"https?://(?P<host>[^/?:][^/?]*)(?P<rest>.*)", re.IGNORECASE)
HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~!$&'()*+,;=%-]*)(?::[0-9]*)?")  # RFC 9110, 7.2


def parse_head(buffer: bytearray, limits: Limits) -> Request | None:
    """Take a request's head off the front of `buffer`, or return None when it is not complete yet."""
    while buffer.startswith(b"\r\n"):  # RFC 9112, 2.2: ignore empty lines before a request
        del buffer[:2]
    end = buffer.find(b"\r\n\r\n")
    if end < 0 or end > limits.head:
        refuse_hopeless_start(buffer, limits)
        return None
    first, *lines = bytes(buffer[:end]).split(b"\r\n")
    del buffer[: end + 4]
    if len(first) > limits.line:
        raise errors.URITooLong(f"the request line is longer than {limits.line} bytes")
    if len(lines) > limits.fields:
        raise errors.HeadersTooLarge(f"there are more than {limits.fields} header fields")
    return check_host(parse_request_line(first, parse_fields(lines)))


def refuse_hopeless_start(buffer: bytearray, limits: Limits) -> None:
    """Refuse an incomplete head at once when nothing that may follow can make it right."""
    if len(buffer) > limits.line and buffer.find(b"\r\n", 0, limits.line + 2) < 0:
        raise errors.URITooLong(f"the request line is longer than {limits.line} bytes")
    if len(buffer) > limits.head:
        raise errors.HeadersTooLarge(f"the head of the request is longer than {limits.head} bytes")
    if BARE_LF.search(buffer):  # RFC 9112, 2.2: a reader may accept these; the strict one does not
        raise errors.BadRequest("a line ends in LF; HTTP ends its lines in CR LF")
    if not BEGINNING.match(buffer):  # binary: a TLS handshake, say
        raise errors.BadRequest("a request begins with the name of a method")


def parse_request_line(line: bytes, headers: Headers) -> Request:
    """Split "GET /path?query HTTP/1.1" (RFC 9112, 3)."""
    match = REQUEST_LINE.fullmatch(line)
    if not match:
        raise errors.BadRequest("the first line is not: method, space, target, space, HTTP/1.1")
    method, target, version = (part.decode("ascii") for part in match.groups())
    if not version.startswith("1."):
        raise errors.VersionNotSupported("this server speaks HTTP/1.1 and HTTP/1.0")
    if method == "CONNECT":  # its target is an authority-form (RFC 9112, 3.2.3), which means: be a proxy
        raise errors.NotImplementedHere("this server is not a proxy")
    path, _, query = target.partition("?")
    request = Request(method, target, path, query, f"HTTP/{version}", headers)
    if path.startswith("/") or (method == "OPTIONS" and target == "*"):
        return request
    return from_absolute_form(request)


def from_absolute_form(request: Request) -> Request:
    """Understand "GET http://host/path", as proxies send it; its host replaces `Host` (RFC 9112, 3.2.2)."""
    match = ABSOLUTE.fullmatch(request.target)
    if not match or not HOST.fullmatch(match["host"]):
        raise errors.BadRequest("the target is neither a path nor an http address")
    path, _, query = match["rest"].partition("?")
    headers = tuple((name, match["host"] if name == "host" else value) for name, value in request.headers)
    return replace(request, path=path or "/", query=query, headers=headers)


def parse_fields(lines: list[bytes]) -> Headers:
    """Split each "Name: value" (RFC 9112, 5)."""
    fields = []
    for line in lines:
        match = FIELD.fullmatch(line)
        if not match:
            raise errors.BadRequest("a header line is not: name, colon, value")
        fields.append((match[1].decode("ascii").lower(), match[2].decode("latin-1")))
    return tuple(fields)


def check_host(request: Request) -> Request:
    """Refuse a request that does not say, exactly once, which site it wants (RFC 9112, 3.2)."""
    hosts = request.values("host")
    if len(hosts) > 1 or (not hosts and request.version != "HTTP/1.0"):
        raise errors.BadRequest("a request names its Host exactly once")
    if not all(HOST.fullmatch(host) for host in hosts):
        raise errors.BadRequest("the Host is not a name or address with an optional port")
    return request
