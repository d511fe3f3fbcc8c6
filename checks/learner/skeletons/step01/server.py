"""My step 01: a server on a bare socket, which sends one page to whoever says something.

    python my/step01/server.py 9001
    make check STEP=01 CMD="python my/step01/server.py {port}"

It serves a first visitor, and has three faults. Run the check, read what it says, and mend them one by one.
"""

import socket
import sys

PAGE = b"<!doctype html><title>Hello</title><h1>Hello from a socket</h1>\n"


def main(port: int) -> None:
    """Serve one visitor after the other."""
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        # TODO 3: what goes wrong with one visitor (OSError) must not end the loop for all the others.
        connection, _address = listener.accept()
        serve(connection)
        connection.close()


def serve(connection: socket.socket) -> None:
    """Read what the visitor says, then send the page."""
    question = connection.recv(65536)
    # TODO 1: a visitor may leave without a word. What does recv return then? (This line fails at once.)
    print("received", question.split()[0], flush=True)
    # TODO 2: a page may be larger than what the system takes at once: send() says how much it took.
    connection.send(PAGE)


if __name__ == "__main__":
    main(int(sys.argv[1]))
