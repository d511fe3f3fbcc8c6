"""Step 01, solved: one page for whoever says something, and no visitor can end the server."""

import socket
import sys
from contextlib import suppress

PAGE = b"<!doctype html><title>Hello</title><h1>Hello from a socket</h1>\n"


def main(port: int) -> None:
    """Serve one visitor after the other, whatever becomes of each."""
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        connection, _address = listener.accept()
        with connection, suppress(OSError):
            serve(connection)


def serve(connection: socket.socket) -> None:
    """Read what the visitor says, then send the page, all of it."""
    connection.settimeout(10)
    question = connection.recv(65536)
    if question:  # b"": the visitor has left
        print("received", question[:14], flush=True)
        connection.sendall(PAGE)


if __name__ == "__main__":
    main(int(sys.argv[1]))
