"""Requests as bytes: the fixtures in `requests/`, and what our reader and h11 make of any bytes.

A fixture is a request as it goes over the wire. Above it stands one line: `# `, the status if it must be
refused, and the rule. To send one by hand: tail -n +2 requests/valid/chunked.http | nc 127.0.0.1 8002
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import h11

from step02_http.body import Decoder
from step02_http.connection import Limits
from step02_http.message import HTTPError
from step02_http.parser import parse_head

FOLDER = Path(__file__).parent / "requests"
CONNECTION_LIMIT = 65536


@dataclass(frozen=True)
class Fixture:
    """A request on the wire, the rule it stands for, and the status it earns if it breaks the rule."""

    name: str
    rule: str
    status: str
    data: bytes


def fixtures(kind: str) -> list[Fixture]:
    """All fixtures of a kind: "valid" or "invalid"."""
    found = []
    for path in sorted((FOLDER / kind).glob("*.http")):
        title, _, data = path.read_bytes().partition(b"\n")
        status, _, rule = title.decode().removeprefix("# ").rpartition(" · ")
        found.append(Fixture(path.stem, rule, status, data))
    return found


class Reading(NamedTuple):
    """What a reader understood, so far as the bytes went."""

    method: bytes
    target: bytes
    version: bytes
    fields: dict[str, str]
    content: bytes
    complete: bool
    left: bytes  # of a complete request: the bytes of the next one


def ours(pieces: Iterable[bytes]) -> Reading | HTTPError | None:
    """What our reader makes of a request that arrives in pieces: None if it wants more."""
    buffer, content = bytearray(), b""
    request = decoder = None
    for piece in pieces:
        buffer += piece
        try:
            if request is None and (request := parse_head(buffer, Limits().content)):
                decoder = Decoder(request.length, Limits().content)
            while decoder and (data := decoder.decode(buffer, 65536)):
                content += data
        except HTTPError as error:
            return error
    if request is None or decoder is None:
        return None
    head = (request.method.encode(), request.target.encode(), request.version.removeprefix("HTTP/").encode())
    fields = request.fields
    if coding := fields.get("transfer-encoding"):  # its case means nothing, and h11 lowers it
        fields = fields | {"transfer-encoding": coding.lower()}
    return Reading(*head, fields, content, decoder.done, bytes(buffer) if decoder.done else b"")


def theirs(data: bytes) -> Reading | h11.RemoteProtocolError | None:
    """What h11 makes of it, its fields joined as RFC 9110, 5.3 has it."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=CONNECTION_LIMIT)
    connection.receive_data(data)
    request: h11.Request | None = None
    content, complete = b"", False
    try:
        while not complete:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                content += event.data
            elif isinstance(event, h11.EndOfMessage):
                complete = True
            else:
                break
    except h11.RemoteProtocolError as error:
        return error
    if request is None:
        return None
    left = connection.trailing_data[0] if complete else b""
    version = request.http_version
    return Reading(request.method, request.target, version, joined(request), content, complete, left)


def joined(request: h11.Request) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in request.headers:
        key, text = name.decode("ascii"), value.decode("latin-1")
        separator = "; " if key == "cookie" else ", "
        fields[key] = f"{fields[key]}{separator}{text}" if key in fields else text
    return fields


def compare(data: bytes) -> None:
    """Hold our reader against h11: what we accept it accepts, and means the same by it.

    One rule apart: RFC 9112, 2.2 wants empty lines before a request ignored, and h11 refuses them.
    """
    mine = ours([data])
    if isinstance(mine, HTTPError) or mine is None:
        return
    while data.startswith(b"\r\n"):
        data = data[2:]
    other = theirs(data)
    if not mine.complete and not isinstance(other, Reading):
        return  # we wait for more, and so have accepted nothing yet
    assert isinstance(other, Reading), f"we accept {mine}, h11 says {other!r}"
    if mine.target[:1] not in b"/*":  # RFC 9112, 3.2.2: our Host is then the target's, h11's the field's
        mine, other = (one._replace(fields=one.fields | {"host": ""}) for one in (mine, other))
    if not mine.complete:  # h11 lets LF end a line of the trailers
        other = other._replace(content=other.content[: len(mine.content)], complete=False, left=b"")
    assert mine == other, f"we read {mine}, h11 reads {other}"


def same(one: Reading | HTTPError | None, other: Reading | HTTPError | None) -> bool:
    """Whether two readings agree. Of two faults, another may be seen first: both are refused."""
    return one == other or (isinstance(one, HTTPError) and isinstance(other, HTTPError))
