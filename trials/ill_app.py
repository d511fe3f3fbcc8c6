"""A program in an app's place that answers 500 to every request, and notes what it was asked."""

import os
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from urllib.parse import unquote_to_bytes

from trials.writer import MARK


class IllApp(ThreadingUnixStreamServer):
    """Listens on an app's socket for as long as the block runs."""

    request_queue_size = 512

    def __init__(self, path: Path) -> None:
        self.gets: list[str] = []
        self.marks: set[str] = set()
        path.unlink(missing_ok=True)
        # A Unix socket's path has little room: a relative one may be shorter.
        super().__init__(min(str(path), os.path.relpath(path), key=len), _Ill)
        self._path = path
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,))

    def __enter__(self) -> "IllApp":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answer whoever is in the queue, so that each question has its answer; then go."""
        self._path.unlink(missing_ok=True)
        self.shutdown()
        self._thread.join()
        self.socket.setblocking(False)
        while True:
            try:
                request, address = self.socket.accept()
            except BlockingIOError:
                break
            self.process_request(request, address)
        self.server_close()


class _Ill(BaseHTTPRequestHandler):
    server: IllApp

    def do_GET(self) -> None:
        """Note it, and be ill."""
        self.server.gets.append(self.path)
        self._refuse()

    def do_POST(self) -> None:
        """Note what was signed, and be ill."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.marks |= set(
            MARK.findall(unquote_to_bytes(body.replace(b"+", b" ")).decode("utf-8", "replace"))
        )
        self._refuse()

    def _refuse(self) -> None:
        self.send_response(500)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"ill\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def address_string(self) -> str:
        """A Unix socket has no address."""
        return ""
