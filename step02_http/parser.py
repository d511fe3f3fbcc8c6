"""The head of a request: bytes in; a request, "need more", or an error out.

It guarantees that a request which comes out means one thing only: whatever RFC 9112 leaves to the reader's
guess is refused, because a proxy in front of us may guess otherwise (request smuggling, RFC 9112, 11.2).
It refuses to know sockets, time and routes. Bodies are decoded in `body.py`.
"""

import re

from step02_http.message import BadRequest, HTTPError, Request

# How much of each part a stranger may make us hold, in bytes or fields.
LINE_LIMIT = 8192
HEAD_LIMIT = 32768
FIELDS_LIMIT = 100
TOO_LARGE = "431 Request Header Fields Too Large"  # RFC 6585, 5

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
LENGTH = re.compile("[0-9]{1,18}")  # RFC 9110, 8.6: no sign; so few that no reader's integers overflow
HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~!$&'()*+,;=%-]*)(?::[0-9]*)?")  # RFC 9110, 7.2


def parse_head(buffer: bytearray, limit: int = 1_048_576) -> Request | None:
    """Take a request's head off the front of `buffer`, or return None when it is not complete yet.

    `limit` is how many bytes its body may have.
    """
    while buffer.startswith(b"\r\n"):  # RFC 9112, 2.2: ignore empty lines before a request
        del buffer[:2]
    if len(buffer) > LINE_LIMIT + 1 and buffer.find(b"\r\n", 0, LINE_LIMIT + 2) < 0:
        raise HTTPError("414 URI Too Long", f"the request line is longer than {LINE_LIMIT} bytes")
    end = buffer.find(b"\r\n\r\n", 0, HEAD_LIMIT + 4)
    if end < 0:
        refuse_hopeless_start(buffer)
        return None
    text = buffer[: end + 2].decode("latin-1")
    del buffer[: end + 4]
    if text.count("\n") > FIELDS_LIMIT + 1:
        raise HTTPError(TOO_LARGE, f"there are more than {FIELDS_LIMIT} header fields")
    match = REQUEST_LINE.match(text)
    if not match:
        raise BadRequest("the first line is not: method, space, target, space, HTTP/1.1")
    request = parse_request(match[1], match[2], f"HTTP/{match[3]}", parse_fields(text[match.end() :]))
    if (request.length or 0) > limit:
        raise HTTPError("413 Content Too Large", f"a body may have {limit} bytes, not {request.length}")
    return request


def refuse_hopeless_start(buffer: bytearray) -> None:
    """Refuse an incomplete head at once when nothing that may follow can make it right."""
    if len(buffer) > HEAD_LIMIT:
        raise HTTPError(TOO_LARGE, f"the head of the request is longer than {HEAD_LIMIT} bytes")
    if BARE_LF.search(buffer):  # RFC 9112, 2.2: a reader may accept these; the strict one does not
        raise BadRequest("a line ends in LF; HTTP ends its lines in CR LF")
    if not BEGINNING.match(buffer):  # binary: a TLS handshake, say
        raise BadRequest("a request begins with the name of a method")


def parse_fields(text: str) -> dict[str, str]:
    """Split each "Name: value" line (RFC 9112, 5)."""
    fields: dict[str, str] = {}
    for name, value, other in FIELD.findall(text):
        if other:
            raise BadRequest("a header line is not: name, colon, value")
        name, value = name.lower(), value.strip(" \t")
        if name in fields:  # RFC 9110, 5.3: lines of one name are one list; RFC 6265, 5.4: cookies, by ";"
            value = fields[name] + ("; " if name == "cookie" else ", ") + value
        fields[name] = value
    return fields


def parse_request(method: str, target: str, version: str, fields: dict[str, str]) -> Request:
    """Judge the parts of "GET /path?query HTTP/1.1", and which site it wants (RFC 9112, 3)."""
    if not version.startswith("HTTP/1."):
        raise HTTPError("505 HTTP Version Not Supported", "this server speaks HTTP/1.1 and HTTP/1.0")
    if method == "CONNECT":  # its target is an authority-form (RFC 9112, 3.2.3), which means: be a proxy
        raise HTTPError("501 Not Implemented", "this server is not a proxy")
    if BAD_PERCENT.search(target):
        raise BadRequest("a percent sign is not followed by two hexadecimal digits")
    host = fields.get("host", "" if version == "HTTP/1.0" else None)
    # RFC 9112, 3.2: exactly one Host. Two were joined by a comma and a space, and no name has a space.
    if host is None or not HOST.fullmatch(host):
        raise BadRequest("a request names its Host exactly once: a name or address, and maybe a port")
    path, _, query = target.partition("?")
    if not (path.startswith("/") or (method == "OPTIONS" and target == "*")):
        # RFC 9112, 3.2.2: "GET http://host/path", as proxies send it; its host replaces `Host`.
        match = ABSOLUTE.fullmatch(target)
        if not match or not HOST.fullmatch(match["host"]):
            raise BadRequest("the target is neither a path nor an http address")
        fields["host"] = match["host"]
        path, _, query = match["rest"].partition("?")
    return Request(method, target, path or "/", query, version, fields, body_length(version, fields))


def body_length(version: str, fields: dict[str, str]) -> int | None:
    """Return the body's length, by the only two fields that tell (RFC 9112, 6.3); None: it is chunked."""
    length, coding = fields.get("content-length", "0"), fields.get("transfer-encoding")
    if coding is None:  # RFC 9112, 6.3: no length means no body
        # Differing lengths must be refused, equal ones may be. No sender has a reason for either.
        if not LENGTH.fullmatch(length):
            raise BadRequest("Content-Length is not one decimal number")
        return int(length)
    # RFC 9112, 6.1 and 6.3: two opinions on the length, or none, are how requests are smuggled.
    if "content-length" in fields or version == "HTTP/1.0":
        raise BadRequest("Transfer-Encoding may not stand beside Content-Length, nor in HTTP/1.0")
    if coding.lower() == "chunked":
        return None
    if re.fullmatch(rf"(?!chunked){TOKEN}, *chunked", coding, re.IGNORECASE):
        raise HTTPError("501 Not Implemented", "this server knows one transfer coding: chunked")
    raise BadRequest("the last transfer coding is not chunked, so the body has no end")
