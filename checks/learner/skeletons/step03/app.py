"""The guest book as a WSGI application (PEP 3333), for any server. Given: nothing is to be done here."""

import html
import mimetypes
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse

STATIC = Path(__file__).with_name("static").resolve()
PAGE = """<!doctype html>
<title>Guest book</title>
<link rel="stylesheet" href="/static/style.css">
<img src="/static/picture.png" alt="">
<h1>Guest book</h1>
"""
FORM = (
    '<form method="post" action="/guestbook"><input name="name"><textarea name="message"></textarea>'
    "<button>Sign</button></form>\n"
)
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")
METHODS = {"/guestbook": ["POST"]}  # of every other path: GET and HEAD
PATHS = ("/", "/hello", "/sign", "/slow", "/download", "/guestbook")
Answer = tuple[str, list[tuple[str, str]], Iterable[bytes]]
entries: list[tuple[str, str]] = []


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request."""
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    status, fields, blocks = choose(environ["REQUEST_METHOD"], path, environ)
    start_response(status, fields)
    return blocks


def choose(method: str, path: str, environ: dict[str, Any]) -> Answer:
    """Choose by path and method."""
    if path not in PATHS and not path.startswith("/static/"):
        return text("404 Not Found", "Not Found\n")
    allowed = METHODS.get(path, ["GET", "HEAD"])
    if method not in allowed:
        return text("405 Method Not Allowed", "Method Not Allowed\n", ("Allow", ", ".join(allowed)))
    if path.startswith("/static/"):
        return file(path.removeprefix("/static/"))
    if path == "/guestbook":
        return sign(form(environ["wsgi.input"].read().decode("latin-1")))
    values = form(environ["QUERY_STRING"])
    if path == "/download":
        return download(values.get("bytes", "1000000"))
    return page(path, values)


def page(path: str, values: dict[str, str]) -> Answer:
    """An HTML page."""
    if path == "/slow":
        seconds = values.get("seconds", "1")
        if not NUMBER.fullmatch(seconds) or float(seconds) > 30:
            return text("400 Bad Request", "from 0 to 30 seconds, please\n")
        time.sleep(float(seconds))
    main = {
        "/": "".join(f"<p>{html.escape(f'{name}: {message}')}</p>\n" for name, message in entries),
        "/hello": f"<p>Hello, {html.escape(values.get('name', 'stranger'))}!</p>\n",
        "/sign": FORM,
        "/slow": "<p>That took a while.</p>\n",
    }
    return text("200 OK", PAGE + main[path], media_type="text/html")


def form(encoded: str) -> dict[str, str]:
    """The fields of a form."""
    return {name: values[-1] for name, values in parse_qs(encoded).items()}


def text(status: str, content: str, *fields: tuple[str, str], media_type: str = "text/plain") -> Answer:
    """An answer that is text."""
    body = content.encode()
    described = ("Content-Type", f"{media_type}; charset=utf-8"), ("Content-Length", str(len(body)))
    return status, [*described, *fields], [body]


def sign(fields: dict[str, str]) -> Answer:
    """Keep an entry."""
    if not (fields.get("name") and fields.get("message")):
        return text("400 Bad Request", "a name and a message, please\n")
    entries[:] = [(fields["name"], fields["message"]), *entries][:50]
    return text("303 See Other", "Signed.\n", ("Location", "/"))


def file(name: str) -> Answer:
    """A file, if it lies in the folder."""
    path = (STATIC / name.replace("\0", "")).resolve()
    if not path.is_relative_to(STATIC) or not path.is_file():
        return text("404 Not Found", "Not Found\n")
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return "200 OK", [("Content-Type", media_type), ("Content-Length", str(len(content)))], [content]


def download(size: str) -> Answer:
    """Many bytes, made when they are sent."""
    if not size.isdigit() or len(size) > 9:
        return text("400 Bad Request", "a number of bytes, please\n")
    block = bytes(65536)
    blocks = (block[: int(size) - at] for at in range(0, int(size), len(block)))
    fields = [("Content-Type", "application/octet-stream"), ("Content-Length", size)]
    return "200 OK", fields, blocks
