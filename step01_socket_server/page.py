"""The answer of step 01: the bytes of one page, whatever was asked."""

import os
import socket

from step01_socket_server.server import close_gently, log

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Guest book · Step 01</title>
</head>
<body>
<header>
<div><p class="step">Step 01 · A raw socket</p><h1>Guest book</h1></div>
</header>
<main>
<p class="empty">No entries yet. Nobody can sign: this server does not understand a word.</p>
</main>
<footer>Served by <b>{host}</b>, process <b>{pid}</b>.</footer>
</body>
</html>
"""


def send_page(connection: socket.socket, client: str, patience: float = 5.0) -> None:
    """Read some bytes, whatever they say, and send the page: no status line, no headers, only HTML."""
    connection.settimeout(patience)
    question = connection.recv(65536)
    if question:  # a visitor who hangs up without a word (browsers do that) gets nothing
        connection.sendall(PAGE.format(host=socket.gethostname(), pid=os.getpid()).encode())
        close_gently(connection, patience=1.0)
    log(f"{client} sent {len(question)} bytes")
