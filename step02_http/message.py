"""The two messages of HTTP as plain values: what was asked, and what is answered (RFC 9110, 6)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

Headers = tuple[tuple[str, str], ...]
LIST_MEMBER = re.compile(r"[^, \t]+")


class Request(NamedTuple):  # immutable like a frozen dataclass, and made in a third of its time
    """A request's head. The fields' names are in lower case: case means nothing there (RFC 9110, 5.1)."""

    method: str
    target: str
    path: str
    query: str
    version: str
    fields: dict[str, str]

    def tokens(self, name: str) -> list[str]:
        """Return the lower-case members of a field that holds a list (RFC 9110, 5.6.1)."""
        return LIST_MEMBER.findall(self.fields.get(name, "").lower())

    @property
    def wants_keep_alive(self) -> bool:
        """HTTP/1.1 keeps a connection unless told otherwise, HTTP/1.0 only when asked (RFC 9112, 9.3)."""
        options = self.tokens("connection")
        return "close" not in options and (self.version != "HTTP/1.0" or "keep-alive" in options)


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
