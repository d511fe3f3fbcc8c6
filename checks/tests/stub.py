"""A target of our own making: a listener that does to each visitor what the test says."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from checks.target import Address, Target

Behaviour = Callable[[socket.socket], None]


@contextmanager
def stub(behave: Behaviour) -> Iterator[Target]:
    """A site on a free port, one visitor at a time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        behave(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        try:
            yield Target("stub", Address("127.0.0.1", port, name="127.0.0.1"))
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def saying(answer: bytes) -> Behaviour:
    """Read something, then say this."""

    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return behave


def page(body: str, *fields: str, status: str = "200 OK") -> bytes:
    """A well-formed answer."""
    lines = [
        f"HTTP/1.1 {status}",
        *fields,
        f"Content-Length: {len(body.encode())}",
        "Connection: close",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body.encode()
