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
    parser.add_argument("--port", type=int, default=port, help="port (%(default)s); 0 takes a free one")
    return parser


@contextmanager
def listening(title: str, host: str, port: int) -> Iterator[socket.socket]:
    """Yield a listening socket; turn what stands in its way into one line, and signals into a quiet end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # unwinds, so that sockets are closed on the way
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:  # the second: a port above 65535
        reason = str(getattr(error, "strerror", error)).partition(" (while")[0]
        sys.exit(f"cannot listen on {host} port {port}: {reason}")
    # Every connection inherits this: a small last block leaves at once (lesson 02 has the story).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        with listener:
            log(f"{title}: http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}")
            yield listener
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as a shell reports a program that Ctrl-C ended
