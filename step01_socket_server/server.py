"""The one accept loop: wait for a visitor, handle it to the end, wait for the next.

It guarantees that no visitor's misbehaviour ends the loop, and that every connection is closed.
It refuses to know what the bytes mean: that is the handler's work. Steps 01 and 02 share this loop.
"""

import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

# Takes a connection and the client's address; answers; leaves the closing to the loop.
Handler = Callable[[socket.socket, str], None]


def serve_forever(listener: socket.socket, handle: Handler) -> None:
    """Hand each connection to `handle`, one at a time, until a signal ends the program."""
    while True:
        try:
            connection, address = listener.accept()
        except ConnectionAbortedError:  # the visitor left while waiting in the queue
            continue
        with connection:
            client = str(address[0]) if address else "-"  # macOS: no address when the visitor is gone already
            try:
                handle(connection, client)
            except OSError as error:  # a reset or a time-out is the visitor's affair, not a reason to stop
                log(f"{client} went away: {error}")
            except Exception:  # a mistake in the handler costs one visitor, not all that follow
                log(f"{client} met a mistake of ours:\n{traceback.format_exc()}")


def close_gently(connection: socket.socket, patience: float) -> None:
    """End our side first, then read what the client still sends, for `patience` seconds at most.

    Closing a socket while it holds unread bytes makes TCP send a reset, and a reset can overtake and destroy
    the answer that is still on its way to the client (RFC 9112, 9.6).
    """
    deadline = time.monotonic() + patience
    try:
        connection.shutdown(socket.SHUT_WR)
        while (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(65536):
                return
    except OSError:
        return  # the client is gone already: there is nobody left to be gentle with


def log(line: str) -> None:
    """Write one line in one piece, so that lines of several threads and processes do not mix."""
    with suppress(OSError):  # a full disk, or a reader who left (`| head`), is no reason to fail a visitor
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
