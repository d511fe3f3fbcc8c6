"""The guest book's pages: a request and its body in, a response out.

It guarantees that its memory stays bounded and that several threads may call it at once.
It refuses to know sockets; step 03 serves the same pages through another interface.
"""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from step02_http import errors
from step02_http.files import file_response
from step02_http.forms import decode, parse_form
from step02_http.message import Request, Response, text_response
from step02_http.pages import Entry, as_html, entry_list, page, sign_form

STATIC_FOLDER = Path(__file__).parent / "static"
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}  # RFC 9110, 9
ENTRIES_KEPT = 50
FORM_LIMIT = 16_384
DOWNLOAD_LIMIT = 1_000_000_000

Fields = dict[str, str]


class Site:
    """The pages, and the entries that visitors have left."""

    def __init__(self, step: str, title: str):
        self.step, self.title = step, title
        self.entries: tuple[Entry, ...] = ()
        self.lock = threading.Lock()  # two threads may sign at once (from step 03 on)
        self.pages: dict[str, Callable[[Fields], Response]] = {
            "/": lambda query: self.html(entry_list(self.entries)),
            "/hello": self.greet,
            "/sign": lambda query: self.html(sign_form()),
            "/guestbook": self.sign,
            "/slow": self.wait,
            "/compute": self.compute,
            "/download": self.download,
        }

    def __call__(self, request: Request, body: BinaryIO) -> Response:
        """Find the page for the path and the method, and make it."""
        if request.method not in METHODS:  # RFC 9110, 9.1: unknown is 501; known, but not here, is 405
            raise errors.NotImplementedHere("this method is unknown here")
        path = decode(request.path)
        if path != "*" and path not in self.pages and not path.startswith("/static/"):
            raise errors.NotFound("there is no page at this path")
        allowed = ("POST",) if path == "/guestbook" else ("GET", "HEAD")
        if request.method not in allowed:
            raise errors.MethodNotAllowed(*allowed)
        if path not in self.pages:
            return file_response(STATIC_FOLDER, path.removeprefix("/static/"))
        # A form's fields come in the body of a POST, or in the query of a GET.
        post = request.method == "POST"
        encoded = body.read(FORM_LIMIT + 1).decode("latin-1") if post else request.query
        if len(encoded) > FORM_LIMIT:
            raise errors.ContentTooLarge(f"a form may have {FORM_LIMIT} bytes")
        return self.pages[path](parse_form(encoded))

    def html(self, main: str, status: str = "200 OK") -> Response:
        """Return a page of this site."""
        return text_response(status, "text/html", page(self.step, self.title, main))

    def greet(self, query: Fields) -> Response:
        """Greet by name: /hello?name=Zo%C3%AB."""
        return self.html(f'<p class="greeting">Hello, {as_html(query.get("name", "stranger"))}!</p>')

    def sign(self, form: Fields) -> Response:
        """Add an entry, and send the browser to the list (so that a reload does not sign again)."""
        name, message = form.get("name", "").strip(), form.get("message", "").strip()
        if not (1 <= len(name) <= 40 and 1 <= len(message) <= 280):
            complaint = "A name of 1 to 40 characters and a message of 1 to 280, please."
            return self.html(sign_form(complaint), "400 Bad Request")
        with self.lock:
            self.entries = (Entry(name, message), *self.entries)[:ENTRIES_KEPT]
        return text_response("303 See Other", "text/plain", "Signed.\n", ("Location", "/"))

    def wait(self, query: Fields) -> Response:
        """Answer after /slow?seconds=1: a stand-in for a slow database."""
        seconds = number(query.get("seconds", "1"), 30)
        time.sleep(seconds)
        return self.html(f'<p class="slow">That took {seconds:g} s.</p>')

    def compute(self, query: Fields) -> Response:
        """Answer after /compute?rounds=1 of counting: a stand-in for a page that takes work, not waiting."""
        rounds = int(number(query.get("rounds", "1"), 100))
        for _ in range(rounds * 100_000):
            pass
        return self.html(f'<p class="slow">That took {rounds} rounds of counting.</p>')

    def download(self, query: Fields) -> Response:
        """Stream /download?bytes=1000000: many bytes, little memory."""
        size = int(number(query.get("bytes", "1000000"), DOWNLOAD_LIMIT))
        headers = (("Content-Type", "application/octet-stream"), ("Content-Length", str(size)))
        block = bytes(65536)
        return Response("200 OK", headers, (block[: size - sent] for sent in range(0, size, len(block))))


def number(text: str, highest: int) -> float:
    """Read a number from 0 to `highest`, as people write it ("nan" and "1e9" are numbers to Python)."""
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,3})?", text) or float(text) > highest:
        raise errors.BadRequest(f"a number from 0 to {highest}, please")
    return float(text)
