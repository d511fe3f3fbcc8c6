"""The messages of HTTP as plain values: what is asked, answered and refused (RFC 9110, 6)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

Headers = tuple[tuple[str, str], ...]
LIST_MEMBER = re.compile(r"[^, \t]+")


@dataclass(frozen=True)
class Response:
    """An answer: the status as it is sent ("200 OK"), the fields, and the blocks of the content."""

    status: str
    headers: Headers
    blocks: Iterable[bytes]


def text_response(status: str, media_type: str, text: str, *more: tuple[str, str]) -> Response:
    """Return an answer that holds `text` as UTF-8. Its length counts bytes, not characters."""
    content = text.encode()
    headers = (("Content-Type", f"{media_type}; charset=utf-8"), ("Content-Length", str(len(content))))
    return Response(status, headers + more, (content,))


class HTTPError(Exception):
    """A refusal: its status (RFC 9110, 15.5 and 15.6), and the reason, in words for the client's author.

    It may be raised wherever something is wrong. Only the exchange turns it into bytes.
    """

    def __init__(self, status: str, reason: str, *headers: tuple[str, str]):
        super().__init__(reason)
        self.status, self.headers = status, headers

    def response(self) -> Response:
        """Return the answer that this error stands for."""
        return text_response(self.status, "text/plain", f"{self.status}\n{self}\n", *self.headers)


BadRequest = partial(HTTPError, "400 Bad Request")  # the bytes are not HTTP (RFC 9110, 15.5.1)


class Request(NamedTuple):  # immutable like a frozen dataclass, and made in a third of its time
    """A request's head. The fields' names are in lower case: case means nothing there (RFC 9110, 5.1)."""

    method: str
    target: str
    path: str
    query: str
    version: str
    fields: dict[str, str]
    length: int | None  # of the body, in bytes; None: its end must be found in it
    refusal: HTTPError | None = None

    def tokens(self, name: str) -> list[str]:
        """Return the lower-case members of a field that holds a list (RFC 9110, 5.6.1)."""
        return LIST_MEMBER.findall(self.fields.get(name, "").lower())

    @property
    def wants_keep_alive(self) -> bool:
        """HTTP/1.1 keeps a connection unless told otherwise, HTTP/1.0 only when asked (RFC 9112, 9.3)."""
        options = self.tokens("connection")
        return "close" not in options and (self.version != "HTTP/1.0" or "keep-alive" in options)


def refused(error: HTTPError) -> Request:
    """Return what stands for a request that cannot be understood: where it ends is unknown, too."""
    return Request("-", "-", "-", "", "HTTP/1.1", {}, None, error)
