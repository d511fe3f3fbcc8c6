"""The one page that every server hands out: 460 bytes, as small as a page of the course."""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse

CONTENT = b"<!doctype html><title>Bench</title>\n" + b"x" * 423 + b"\n"
FIELDS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(CONTENT)))]


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer whatever was asked."""
    start_response("200 OK", FIELDS)
    return [CONTENT]
