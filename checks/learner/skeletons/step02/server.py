"""My step 02: the guest book over HTTP/1.1, one visitor at a time.

    python my/step02/server.py 9002
    make check STEP=02 CMD="python my/step02/server.py {port}"

A browser shows its page, and that is all it can do. Run the check and mend one miss after the other; the
TODOs stand where the code for them goes. TODO 3 is the lesson's hard exercise. With WATCH=my/step02 the check
runs again whenever you save.
"""

import socket
import sys
from contextlib import suppress
from pathlib import Path

STATIC = Path(__file__).with_name("static")
PAGE = """<!doctype html>
<title>Guest book</title>
<link rel="stylesheet" href="/static/style.css">
<img src="/static/picture.png" alt="">
<h1>Guest book</h1>
"""


def main(port: int) -> None:
    """Serve one visitor after the other, whatever becomes of each."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            visitor, _address = listener.accept()
            with visitor, suppress(OSError):
                visitor.settimeout(10)
                serve(visitor)


def serve(visitor: socket.socket) -> None:
    """Answer one request."""
    # TODO 1: a request may come in many pieces. Read until its empty line (b"\r\n\r\n"), but not for ever:
    # a request line of more than 8,000 bytes is 414, a head of more than 32,000 is 431.
    head = visitor.recv(1024)
    if not head:
        return
    method, target, _version = head.split(b"\r\n")[0].decode("latin-1").split(" ")
    # TODO 2: refuse with 400 what is no request (RFC 9112, 3), and an HTTP/1.1 request without one Host.
    # TODO 3: write body_length(fields), and read so many bytes; or chunks. More than 100,000 is 413.
    # TODO 4: close gently: shutdown(SHUT_WR), then read what still comes, or a reset destroys the answer.
    visitor.sendall(answer(method, target))


def answer(method: str, target: str) -> bytes:
    """Choose the page for the method and the target."""
    # TODO 5: / and /hello?name=Zoë are pages; /static/… are the files of STATIC, and nothing outside of it;
    # everything else is 404. A known path with another method is 405, with Allow. HEAD has no body.
    # TODO 6: /sign shows a form (action="/guestbook", fields name and message); POST /guestbook keeps the
    # entry, answers 303 with Location: /, and the front page shows it.
    # TODO 7: /download?bytes=N streams so many bytes, block by block.
    return response("200 OK", "text/html; charset=utf-8", PAGE.encode())


def response(status: str, media_type: str, body: bytes) -> bytes:
    """An answer's bytes."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "",
        "",
    ]
    return "\r\n".join(lines).encode("latin-1") + body


if __name__ == "__main__":
    main(int(sys.argv[1]))
