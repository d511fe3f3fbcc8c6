"""A gunicorn worker whose answers leave in one piece, so that a killed app cuts none of them off.

Gunicorn sends the head of an answer, and then its body. If the app is killed between the two, nginx has
passed the head on and cannot ask another app any more: the visitor gets half an answer. Here the head waits
for the first piece of the body. What the kernel has taken in one call, it delivers, even if the sender is
dead; so either nginx has heard nothing, and asks the next app, or it gets all of it.

That holds for answers that fit into the buffer of a Unix socket: some 200 KB on Linux, 8 KB on macOS.
"""

import socket
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]


class OnePiece:
    """A connection whose first piece waits for the second."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._head: bytes | None = b""  # None: it has gone

    def sendall(self, data: bytes) -> None:
        """Keep the first piece; send it with the second, and all others as they come."""
        if not data:
            return
        if self._head == b"":
            self._head = data
            return
        waiting, self._head = self._head or b"", None
        self._connection.sendall(waiting + data)

    def sendfile(self, *arguments: Any, **more: Any) -> int:
        """A file follows the head: the kernel sends it in pieces of its own."""
        self.flush()
        return self._connection.sendfile(*arguments, **more)

    def flush(self) -> None:
        """Send what still waits: an answer without a body."""
        if self._head:
            self._connection.sendall(self._head)
        self._head = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class OnePieceWorker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's worker with threads, and this one difference."""

    def handle_request(self, request: Any, connection: Any) -> Any:
        """Answer one request."""
        plain = connection.sock
        connection.sock = one_piece = OnePiece(plain)
        try:
            keep = super().handle_request(request, connection)
            one_piece.flush()
        finally:
            connection.sock = plain
        return keep
