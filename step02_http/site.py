"""The guest book's pages: a request and its body in, a response out.

It guarantees that its memory stays bounded and that several threads may call it at once.
It refuses to know sockets; step 03 serves the same pages through another interface.
"""

import os
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_to_bytes

from step02_http.files import file_response
from step02_http.message import BadRequest, HTTPError, Response, text_response
from step02_http.parser import BAD_PERCENT

PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
FORM = Path(__file__).with_name("form.html").read_text(encoding="utf-8")
STATIC_FOLDER = Path(__file__).with_name("static")
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}  # RFC 9110, 9
ENTRIES_KEPT = 50
FORM_LIMIT = 16_384
DOWNLOAD_LIMIT = 1_000_000_000

Fields = dict[str, str]


class Site:
    """The pages, and the entries that visitors have left."""

    def __init__(self, step: str, title: str):
        self.step, self.title = step, title
        self.entries: tuple[tuple[str, str], ...] = ()  # each a message and a name, the newest first
        self.lock = threading.Lock()  # two threads may sign at once (from step 03 on)
        self.pages: dict[str, Callable[[Fields], Response]] = {
            "/": self.list_entries,
            "/hello": self.greet,
            "/sign": lambda query: self.html(FORM),
            "/guestbook": self.sign,
            "/slow": self.wait,
            "/download": self.download,
        }

    def __call__(self, method: str, path: str, query: str, read: Callable[[int], bytes]) -> Response:
        """Find the page for the path (decoded) and the method, and make it. `read` reads from the body."""
        if method not in METHODS:  # RFC 9110, 9.1: unknown is 501; known, but not here, is 405
            raise HTTPError("501 Not Implemented", "this method is unknown here")
        if path != "*" and path not in self.pages and not path.startswith("/static/"):
            raise HTTPError("404 Not Found", "there is no page at this path")
        allowed = "POST" if path == "/guestbook" else "GET, HEAD"
        if method not in allowed.split(", "):
            raise HTTPError("405 Method Not Allowed", f"this path answers {allowed}", ("Allow", allowed))
        if path not in self.pages:
            return file_response(STATIC_FOLDER, path.removeprefix("/static/"))
        # A form's fields come in the body of a POST, or in the query of a GET.
        encoded = read(FORM_LIMIT + 1).decode("latin-1") if method == "POST" else query
        if len(encoded) > FORM_LIMIT:
            raise HTTPError("413 Content Too Large", f"a form may have {FORM_LIMIT} bytes")
        return self.pages[path](parse_form(encoded))

    def html(self, main: str, status: str = "200 OK") -> Response:
        """Return a page of this site around its main part."""
        host, pid = socket.gethostname(), os.getpid()
        text = PAGE.format(step=self.step, title=self.title, main=main, host=host, pid=pid)
        return text_response(status, "text/html", text)

    def list_entries(self, query: Fields) -> Response:
        """Show the guest book."""
        item = '<li><p class="message">{}</p><p class="name">{}</p></li>'
        items = [item.format(as_html(message), as_html(name)) for message, name in self.entries]
        none = '<p class="empty">No entries yet. Be the first.</p>'
        return self.html('<ol class="entries">' + "\n".join(items) + "</ol>" if items else none)

    def greet(self, query: Fields) -> Response:
        """Greet by name: /hello?name=Zo%C3%AB."""
        return self.html(f'<p class="greeting">Hello, {as_html(query.get("name", "stranger"))}!</p>')

    def sign(self, form: Fields) -> Response:
        """Add an entry, and send the browser to the list (so that a reload does not sign again)."""
        name, message = form.get("name", "").strip(), form.get("message", "").strip()
        if not (1 <= len(name) <= 40 and 1 <= len(message) <= 280):
            complaint = "A name of 1 to 40 characters and a message of 1 to 280, please."
            return self.html(f'<p class="errors">{complaint}</p>\n{FORM}', "400 Bad Request")
        with self.lock:
            self.entries = ((message, name), *self.entries)[:ENTRIES_KEPT]
        return text_response("303 See Other", "text/plain", "Signed.\n", ("Location", "/"))

    def wait(self, query: Fields) -> Response:
        """Answer after /slow?seconds=1: a stand-in for a slow database."""
        seconds = number(query.get("seconds", "1"), 30)
        time.sleep(seconds)
        return self.html(f'<p class="slow">That took {seconds:g} s.</p>')

    def download(self, query: Fields) -> Response:
        """Stream /download?bytes=1000000: many bytes, little memory."""
        size = int(number(query.get("bytes", "1000000"), DOWNLOAD_LIMIT))
        headers = (("Content-Type", "application/octet-stream"), ("Content-Length", str(size)))
        block = bytes(65536)
        return Response("200 OK", headers, (block[: size - sent] for sent in range(0, size, len(block))))


def number(text: str, highest: int) -> float:
    """Read a number from 0 to `highest`, as people write it ("nan" and "1e9" are numbers to Python)."""
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,3})?", text) or float(text) > highest:
        raise BadRequest(f"a number from 0 to {highest}, please")
    return float(text)


def parse_form(encoded: str) -> Fields:
    """Read a form as browsers send it: `name=Zo%C3%AB&message=Hi+there`; of equal names, the last counts."""
    pairs = (pair.replace("+", " ").partition("=") for pair in encoded.split("&") if pair)
    return {decode(name): decode(value) for name, _, value in pairs}


def decode(encoded: str) -> str:
    """Turn "%C3%AB" into "ë": percent signs stand for bytes, and the bytes are UTF-8."""
    if BAD_PERCENT.search(encoded):
        raise BadRequest("a percent sign is not followed by two hexadecimal digits")
    return utf8(unquote_to_bytes(encoded.encode("latin-1")))


def utf8(data: bytes) -> str:
    """Read bytes as text, if they are text."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadRequest("the bytes are not UTF-8") from None


def as_html(text: str) -> str:
    """Make a visitor's text part of the page: as it is, and that is a hole left open on purpose.

    A visitor who signs with <script> runs it in every other visitor's browser. Step 04 shows it and mends it.
    The mending would be one line, here: return html.escape(text)
    """
    return text
