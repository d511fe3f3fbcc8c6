"""The load lab: visitors in numbers, against a running step or anybody's own server, and what came of it.

It guarantees that the generator is never taken for the server: its own ceiling is measured first, and what
comes near it is marked. No request is sent to an address that nobody named, and to none but this machine's
own unless its owner says so. It refuses to know how a step works inside: it sees the wire, and what the
kernel counts.

`locustfile.py`, `rampfile.py` and what only they import run inside locust; nothing else here imports locust,
for it changes Python's sockets and threads for the whole process.
"""
