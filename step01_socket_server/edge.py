"""What the command line of steps 01 to 03 shares: address, port, and a quiet end."""

import argparse
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from step01_socket_server.server import log


def command_line(description: str, port: int) -> argparse.ArgumentParser:
    """Return a parser that knows `--host` and `--port`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", default=str(port), help="port (%(default)s); 0 takes a free one")
    return parser


@contextmanager
def listening(title: str, host: str, port: str) -> Iterator[socket.socket]:
    """Yield a listening socket; turn what stands in its way into one line, and signals into a quiet end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # unwinds, so that sockets are closed on the way
    try:
        with open_listener(host, port) as listener:
            address = f"[{host}]" if ":" in host else host
            log(f"{title}: http://{address}:{listener.getsockname()[1]}")
            yield listener
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as a shell reports a program that Ctrl-C ended


def open_listener(host: str, port: str) -> socket.socket:
    """Bind and listen, or end the program with one line that says why not."""
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        sys.exit(f"{port!r} is not a port: choose a number from 0 to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, int(port)), family=family, backlog=128)
        # Every connection inherits this: a small last block leaves at once (lesson 02 has the story).
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        reason = str(error.strerror or error).partition(" (while")[0]
        sys.exit(f"cannot listen on {host} port {port}: {reason}")
