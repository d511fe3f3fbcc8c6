"""The head of a request: bytes in; a request, "need more", or an error out.

It guarantees that a request which comes out means one thing only: whatever RFC 9112 leaves to the reader's
guess is refused, because a proxy in front of us may guess otherwise (request smuggling, RFC 9112, 11.2).
It refuses to know sockets, time and routes. Bodies are decoded in `body.py`.
"""

import re

from step02_http import errors
from step02_http.message import Request

# How much of each part a stranger may make us hold, in bytes or fields.
LINE_LIMIT = 8192
HEAD_LIMIT = 32768
FIELDS_LIMIT = 100

# A head is read as latin-1, which makes each byte one character: a pattern over it is a pattern over bytes.
# None of these can match one text in two ways, so the time grows with the length and no faster.
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
# RFC 9112, 3: one space between the parts; 3.2: the target has no space, no control character, no fragment.
REQUEST_LINE = re.compile(rf'({TOKEN}) ([!"$-~]+) HTTP/([0-9]\.[0-9])\r\n')
BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")  # RFC 3986, 2.1
# RFC 9112, 5: no space before the colon, no folded line, CR LF at the end; RFC 9110, 5.5: no NUL, CR or LF in
# the value. The second half catches any other line, so that none is skipped.
FIELD = re.compile(rf"({TOKEN}):([\t -~\x80-\xff]*)\r\n|([^\n]+\n?|\n)")
BEGINNING = re.compile(TOKEN.encode() + rb"|\r?\Z")
BARE_LF = re.compile(rb"(?<!\r)\n")
ABSOLUTE = re.compile(r"https?://(?P<host>[^/?:][^/?]*)(?P<rest>.*)", re.IGNORECASE)
HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~!$&'()*+,;=%-]*)(?::[0-9]*)?")  # RFC 9110, 7.2


def parse_head(buffer: bytearray) -> Request | None:
    """Take a request's head off the front of `buffer`, or return None when it is not complete yet."""
    while buffer.startswith(b"\r\n"):  # RFC 9112, 2.2: ignore empty lines before a request
        del buffer[:2]
    if len(buffer) > LINE_LIMIT + 1 and buffer.find(b"\r\n", 0, LINE_LIMIT + 2) < 0:
        raise errors.URITooLong(f"the request line is longer than {LINE_LIMIT} bytes")
    end = buffer.find(b"\r\n\r\n", 0, HEAD_LIMIT + 4)
    if end < 0:
        refuse_hopeless_start(buffer)
        return None
    text = buffer[: end + 2].decode("latin-1")
    del buffer[: end + 4]
    if text.count("\n") > FIELDS_LIMIT + 1:
        raise errors.HeadersTooLarge(f"there are more than {FIELDS_LIMIT} header fields")
    match = REQUEST_LINE.match(text)
    if not match:
        raise errors.BadRequest("the first line is not: method, space, target, space, HTTP/1.1")
    fields = parse_fields(text[match.end() :])
    return parse_request_line(match[1], match[2], f"HTTP/{match[3]}", fields)


def refuse_hopeless_start(buffer: bytearray) -> None:
    """Refuse an incomplete head at once when nothing that may follow can make it right."""
    if len(buffer) > HEAD_LIMIT:
        raise errors.HeadersTooLarge(f"the head of the request is longer than {HEAD_LIMIT} bytes")
    if BARE_LF.search(buffer):  # RFC 9112, 2.2: a reader may accept these; the strict one does not
        raise errors.BadRequest("a line ends in LF; HTTP ends its lines in CR LF")
    if not BEGINNING.match(buffer):  # binary: a TLS handshake, say
        raise errors.BadRequest("a request begins with the name of a method")


def parse_fields(text: str) -> dict[str, str]:
    """Split each "Name: value" line (RFC 9112, 5)."""
    fields: dict[str, str] = {}
    for name, value, other in FIELD.findall(text):
        if other:
            raise errors.BadRequest("a header line is not: name, colon, value")
        name, value = name.lower(), value.strip(" \t")
        if name in fields:  # RFC 9110, 5.3: lines of one name are one list; RFC 6265, 5.4: cookies, by ";"
            value = fields[name] + ("; " if name == "cookie" else ", ") + value
        fields[name] = value
    return fields


def parse_request_line(method: str, target: str, version: str, fields: dict[str, str]) -> Request:
    """Judge the parts of "GET /path?query HTTP/1.1", and which site it wants (RFC 9112, 3)."""
    if not version.startswith("HTTP/1."):
        raise errors.VersionNotSupported("this server speaks HTTP/1.1 and HTTP/1.0")
    if method == "CONNECT":  # its target is an authority-form (RFC 9112, 3.2.3), which means: be a proxy
        raise errors.NotImplementedHere("this server is not a proxy")
    if BAD_PERCENT.search(target):
        raise errors.BadRequest("a percent sign is not followed by two hexadecimal digits")
    host = fields.get("host", "" if version == "HTTP/1.0" else None)
    # RFC 9112, 3.2: exactly one Host. Two were joined by a comma and a space, and no name has a space.
    if host is None or not HOST.fullmatch(host):
        raise errors.BadRequest("a request names its Host exactly once: a name or address, and maybe a port")
    path, _, query = target.partition("?")
    if path.startswith("/") or (method == "OPTIONS" and target == "*"):
        return Request(method, target, path, query, version, fields)
    # RFC 9112, 3.2.2: "GET http://host/path", as proxies send it; its host replaces `Host`.
    match = ABSOLUTE.fullmatch(target)
    if not match or not HOST.fullmatch(match["host"]):
        raise errors.BadRequest("the target is neither a path nor an http address")
    path, _, query = match["rest"].partition("?")
    return Request(method, target, path or "/", query, version, fields | {"host": match["host"]})
