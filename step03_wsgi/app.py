"""The guest book as a WSGI application: step 02's pages, behind a function that any server can call.

Entries are still not escaped and forms still not protected: what a framework is for is step 04's subject.
"""

import io
from collections.abc import Iterable
from typing import Any, BinaryIO
from urllib.parse import quote
from wsgiref.types import StartResponse

from step02_http.errors import HTTPError
from step02_http.message import Request
from step02_http.site import FORM_LIMIT, STATIC_FOLDER, Site

__all__ = ["STATIC_FOLDER", "app"]

site = Site("Step 03", "WSGI")


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request: what PEP 3333 asks of an application is this one signature."""
    try:
        response = site(request_of(environ), body_of(environ))
    except HTTPError as error:
        response = error.response()
    start_response(response.status, list(response.headers))
    return response.blocks


def body_of(environ: dict[str, Any]) -> BinaryIO:
    """Return the body. Behind other servers' bodies no end is to be read, only waited for (PEP 3333)."""
    body: BinaryIO = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return body
    return io.BytesIO(body.read(min(int(environ.get("CONTENT_LENGTH") or 0), FORM_LIMIT + 1)))


def request_of(environ: dict[str, Any]) -> Request:
    """Translate back what the gateway translated: PATH_INFO is decoded, a byte in each character."""
    method, version = environ["REQUEST_METHOD"], environ["SERVER_PROTOCOL"]
    path = quote(environ["PATH_INFO"].encode("latin-1")) or "*"
    return Request(method, path, path, environ.get("QUERY_STRING", ""), version, fields={})
