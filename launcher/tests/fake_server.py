"""A server for the launcher's tests: answers every request alike, and misbehaves on demand."""

import argparse
import os
import signal
import socket
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int)
parser.add_argument("--workers", type=int, default=0, help="fork so many that only sleep, as idle workers do")
parser.add_argument("--say", help="write this line, backslash escapes expanded")
parser.add_argument("--deaf", action="store_true", help="ignore SIGTERM")
parser.add_argument("--mute", action="store_true", help="never listen")
parser.add_argument("--exit", type=int, help="end at once with this status")
parser.add_argument("--serve", type=int, default=-1, help="end after so many requests")
parser.add_argument("--raw", action="store_true", help="answer without a status line")
options = parser.parse_args()

if options.say:
    sys.stdout.buffer.write(options.say.encode().decode("unicode_escape").encode("latin-1") + b"\n")
    sys.stdout.flush()
if options.exit is not None:
    sys.exit(options.exit)
if options.deaf:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(options.workers):
    if os.fork() == 0:
        while True:
            time.sleep(60)
if options.mute:
    time.sleep(60)
with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.port))
    listener.listen()
    while options.serve != 0:
        options.serve -= 1
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            body = f"{os.getpid()}\n".encode()
            head = b"" if options.raw else b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
            connection.sendall(head + body)
