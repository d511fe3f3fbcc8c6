"""A few threads that serve many connections.

One idea: whoever has nothing to say, or has not said all of it, costs no thread. One loop listens to all of
them through a selector. A whole request goes into a queue, and the threads take from there.
"""

import queue
import selectors
import socket
import threading
import time

from step02_http.connection import TOO_LATE, ClientGone, Connection, Limits
from step02_http.exchange import Handle, serve
from step02_http.message import HTTPError, Request, refused

Asked = tuple[Connection, Request]
SWEEP = 1.0  # seconds between two looks for those whose time is over
NEWCOMERS = 16  # let in at once, so that a crowd at the door does not keep those inside waiting


class Threads:
    """Serve a listener's connections with a number of threads."""

    def __init__(self, listener: socket.socket, handle: Handle, limits: Limits, quiet: bool = False):
        self.listener, self.handle = listener, handle
        self.limits, self.quiet, self.stopping = limits, quiet, False
        self.requests: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self.heard: list[Asked] = []  # by one look at the selector, and on its way into the queue
        self.selector = selectors.DefaultSelector()
        # A connection is either waiting for its client, or in a thread's hands. It stays in the selector all
        # the while: to take it out and put it back costs as much as to parse a request. Only if its client
        # speaks while a thread has it is it taken out, until the thread has finished.
        self.waiting: dict[Connection, float] = {}  # and until when
        self.watched: set[Connection] = set()  # by the selector
        self.lock = threading.Lock()  # for whatever looks at one of these and changes the other

    def run(self, count: int, end: int, grace: float) -> None:
        """Serve until `end` becomes readable; then give the requests in flight `grace` seconds."""
        self.listener.setblocking(False)  # another process may take the visitor that woke us
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(end, selectors.EVENT_READ)
        threads = [threading.Thread(target=self.work, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        self.listen()
        deadline = time.monotonic() + grace
        for _ in threads:
            self.requests.put(None)  # behind the requests that have arrived
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))

    def work(self) -> None:
        """Be one of the threads: take a request, answer it, give the connection back."""
        while item := self.requests.get():
            connection, request = item
            if not serve(connection, request, self.handle, keep_alive=not self.stopping):
                self.close(connection)
            elif following := connection.next_request():  # it is here already: no event will announce it
                self.requests.put((connection, following))
            else:
                self.wait_for(connection)

    def listen(self) -> None:
        """Be the one loop: let newcomers in, hear everybody, and end what takes too long."""
        next_sweep = 0.0
        while not self.stopping:
            for key, _ in self.selector.select(SWEEP):
                if key.data in self.waiting:
                    self.hear(key.data)
                elif key.data:  # a thread has it, or has closed it just now
                    self.unwatch(key.data)
                elif key.fileobj is self.listener:
                    self.accept()
                else:
                    self.stopping = True
            if (now := time.monotonic()) >= next_sweep:
                next_sweep = now + SWEEP
                self.sweep(now)
            # Only now: a thread that woke earlier would fight with this loop for the GIL at each `recv`.
            while self.heard:
                self.requests.put(self.heard.pop(0))

    def accept(self) -> None:
        """Let newcomers in. They get no thread before they have said something."""
        try:
            for _ in range(NEWCOMERS):
                sock, address = self.listener.accept()
                client = str(address[0]) if address else ""  # macOS: none when the visitor is gone already
                # The first words have often come along.
                self.hear(Connection(sock, client, self.limits, self.quiet))
        except (BlockingIOError, ConnectionAbortedError):
            pass  # that was all, another process was faster, or the visitor has left
        except OSError:  # no file descriptor is left: whoever has waited longest makes room
            if waiting := list(self.waiting):
                self.close(waiting[0])
            else:
                time.sleep(0.05)  # all are being served, and no event tells when one of them will end

    def hear(self, connection: Connection) -> None:
        """Take what a client has said. What is whole, or earns a refusal, is for the threads."""
        had_begun = connection.buffer.strip()  # not by the end of an empty line
        try:
            if request := connection.hear():
                self.hand_over(connection, request)
            elif connection not in self.waiting or (connection.buffer.strip() and not had_begun):
                self.wait_for(connection)  # a newcomer, or one whose request has now begun
        except ClientGone:
            self.close(connection)

    def hand_over(self, connection: Connection, request: Request) -> None:
        """Let a thread have it, soon."""
        self.waiting.pop(connection, None)  # a newcomer has not waited
        self.heard.append((connection, request))

    def wait_for(self, connection: Connection) -> None:
        """Let it wait for its client, for as long as a head, or the first byte of one, may take."""
        patience = self.limits.head if connection.buffer else self.limits.idle
        with self.lock:
            self.waiting[connection] = time.monotonic() + patience
            if connection not in self.watched:
                self.watched.add(connection)
                self.selector.register(connection.socket, selectors.EVENT_READ, connection)

    def unwatch(self, connection: Connection) -> None:
        """Listen to it no more, unless it has come back to wait."""
        with self.lock:
            if connection in self.watched and connection not in self.waiting:
                self.watched.remove(connection)
                self.selector.unregister(connection.socket)

    def close(self, connection: Connection) -> None:
        """Forget the connection."""
        self.waiting.pop(connection, None)
        self.unwatch(connection)
        connection.socket.close()

    def sweep(self, now: float) -> None:
        """End what takes too long: an unfinished request with a refusal, silence without a word."""
        for connection, until in list(self.waiting.items()):
            if until < now and connection.buffer:
                self.hand_over(connection, refused(HTTPError(TOO_LATE, "the request did not come in time")))
            elif until < now:
                self.close(connection)
