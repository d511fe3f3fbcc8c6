"""The answer of step 01: the bytes of one page, whatever was asked."""

import os
import socket
from pathlib import Path

from step01_socket_server.server import close_gently, log

PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")


def send_page(connection: socket.socket, client: str, patience: float = 5.0) -> None:
    """Read some bytes, whatever they say, and send the page: no status line, no headers, only HTML."""
    connection.settimeout(patience)
    question = connection.recv(65536)
    if question:  # a visitor who hangs up without a word (browsers do that) gets nothing
        connection.sendall(PAGE.format(host=socket.gethostname(), pid=os.getpid()).encode())
        close_gently(connection, patience=1.0)
    log(f"{client} sent {len(question)} bytes")
