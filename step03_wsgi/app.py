"""The guest book as a WSGI application: step 02's pages, behind a function that any server can call.

Entries are still not escaped and forms still not protected: what a framework is for is step 04's subject.
"""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse

from step02_http.message import HTTPError
from step02_http.site import STATIC_FOLDER, Site, utf8

__all__ = ["STATIC_FOLDER", "app"]

site = Site("Step 03", "WSGI")


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request: what PEP 3333 asks of an application is this one signature."""

    def read(size: int) -> bytes:
        # Where other servers' bodies end, there is nothing to read, only to wait for (PEP 3333).
        if not environ.get("wsgi.input_terminated"):
            size = min(size, int(environ.get("CONTENT_LENGTH") or 0))
        return environ["wsgi.input"].read(size)  # type: ignore[no-any-return]

    try:
        path = utf8(environ["PATH_INFO"].encode("latin-1")) or "*"
        response = site(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), read)
    except HTTPError as error:
        response = error.response()
    start_response(response.status, list(response.headers))
    return response.blocks
