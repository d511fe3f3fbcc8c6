"""A few threads that serve many connections.

One idea: an idle connection waits in a selector and costs no thread; a thread takes it when bytes arrive,
serves one request, and puts it back. So a hundred visitors who say nothing lock nobody out.
"""

import math
import select
import selectors
import socket
import threading
import time
from collections import deque

from step02_http.connection import Connection, Timeouts
from step02_http.exchange import Handle, serve_one
from step02_http.parser import Limits


class Threads:
    """Serve a listener's connections with a number of threads."""

    def __init__(self, listener: socket.socket, handle: Handle, limits: Limits, timeouts: Timeouts):
        self.listener, self.handle, self.limits, self.timeouts = listener, handle, limits, timeouts
        self.stopping = False
        self.turn = threading.Lock()  # one thread at a time waits for everybody's connections
        self.ready: deque[Connection] = deque()  # have sent something; whose turn it is takes the first
        self.idle: dict[Connection, float] = {}  # and until when; in order of time, as all wait equally long
        self.idle_lock = threading.Lock()
        self.selector = selectors.DefaultSelector()

    def run(self, count: int, end: int, grace: float) -> None:
        """Serve until `end` becomes readable; then give the requests in flight `grace` seconds."""
        self.listener.setblocking(False)  # another process may take the visitor that woke us
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(end, selectors.EVENT_READ)
        threads = [threading.Thread(target=self.work, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        select.select([end], [], [])
        self.stopping = True
        deadline = time.monotonic() + grace
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))

    def work(self) -> None:
        """Be one of the threads: take a connection, serve it, put it back."""
        while connection := self.next_ready():
            persist = True
            while persist:
                persist = serve_one(connection, self.handle, keep_alive=not self.stopping)
                if not connection.buffer:  # else the next request is here, and no byte will announce it
                    break
            if persist:
                self.watch(connection)
            else:
                connection.socket.close()

    def next_ready(self) -> Connection | None:
        """Wait for a connection whose client has sent something; None when there is nothing left to do."""
        with self.turn:
            while not self.ready:
                self.wait()
                if self.stopping:
                    break
            return self.ready.popleft() if self.ready else None

    def wait(self) -> None:
        """Wait for events: a newcomer begins to idle, an idle connection with bytes becomes ready."""
        happened = [key for key, _ in self.selector.select(timeout=1.0)]
        for key in happened:
            if key.data:  # a connection; before the newcomer, who may take the place of one that idles
                self.unwatch(key.data)
                self.ready.append(key.data)
        if not self.stopping and any(key.fileobj is self.listener for key in happened):
            self.accept()
        while self.drop_longest_idle(before=time.monotonic()):
            pass

    def accept(self) -> None:
        """Let a newcomer in. It gets no thread before it has said something."""
        try:
            sock, address = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another process was faster, or the visitor has left
        except OSError:  # no file descriptor is left: whoever has idled longest makes room
            if not (self.drop_longest_idle(before=math.inf) or self.ready):
                time.sleep(0.05)  # nobody idles, and no event tells when one of those being served will end
            return
        client = str(address[0]) if address else ""  # macOS: no address when the visitor is gone already
        self.watch(Connection(sock, client, self.limits, self.timeouts))

    def watch(self, connection: Connection) -> None:
        """Let the connection idle: whichever thread waits will see its next bytes."""
        with self.idle_lock:
            self.idle[connection] = time.monotonic() + self.timeouts.idle
            self.selector.register(connection.socket, selectors.EVENT_READ, connection)

    def unwatch(self, connection: Connection) -> None:
        """End the idling: the connection belongs to the caller now."""
        with self.idle_lock:
            del self.idle[connection]
            self.selector.unregister(connection.socket)

    def drop_longest_idle(self, before: float) -> bool:
        """Close the connection that has idled longest, if its time is over; return whether it was."""
        with self.idle_lock:
            connection, deadline = next(iter(self.idle.items()), (None, math.inf))
        if connection is None or deadline >= before:
            return False
        self.unwatch(connection)
        connection.socket.close()
        return True
