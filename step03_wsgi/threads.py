"""A few threads that serve many connections.

One idea: an idle connection waits in a selector and costs no thread; a thread takes it when bytes arrive,
serves one request, and puts it back. So a hundred visitors who say nothing lock nobody out.
"""

import math
import os
import selectors
import socket
import threading
import time
from collections import deque

from step02_http.connection import Connection, Timeouts
from step02_http.exchange import Handle, serve_one
from step02_http.parser import Limits


class Threads:
    """Serve a listener's connections with `count` threads, from `start` until `stop`."""

    def __init__(
        self, listener: socket.socket, handle: Handle, count: int, limits: Limits, timeouts: Timeouts
    ):
        self.listener, self.handle, self.limits, self.timeouts = listener, handle, limits, timeouts
        self.stopping = False
        self.turn = threading.Lock()  # one thread at a time waits for everybody's connections
        self.ready: deque[Connection] = (
            deque()
        )  # bytes have arrived; touched only by the thread whose turn it is
        self.idle: dict[Connection, float] = {}  # and until when; in order of time, as all wait equally long
        self.idle_lock = threading.Lock()
        self.selector = selectors.DefaultSelector()
        self.wake_read, self.wake_write = os.pipe()
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(count)]

    def start(self) -> None:
        """Begin to accept and to serve."""
        self.listener.setblocking(False)  # another process may take the visitor that woke us
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.wake_read, selectors.EVENT_READ)
        for thread in self.threads:
            thread.start()

    def stop(self, grace: float) -> None:
        """Accept nobody new, let the requests in flight finish for `grace` seconds, close what is idle."""
        deadline = time.monotonic() + grace
        self.stopping = True
        self.selector.unregister(self.listener)
        os.write(self.wake_write, b"!")
        for thread in self.threads:
            thread.join(max(0, deadline - time.monotonic()))
        with self.idle_lock:
            for connection in self.idle:
                connection.socket.close()
        if not any(thread.is_alive() for thread in self.threads):
            self.selector.close()
            os.close(self.wake_read)
            os.close(self.wake_write)

    def work(self) -> None:
        """Be one of the threads: take a connection, serve it, put it back."""
        while (connection := self.next_ready()) is not None:
            while persist := serve_one(connection, self.handle, keep_alive=not self.stopping):
                if (
                    not connection.buffer
                ):  # else the next request is here already, and no byte will announce it
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
        """Wait for events: a newcomer starts to idle, an idle connection with bytes becomes ready."""
        for key, _ in self.selector.select(timeout=1.0):
            if key.fileobj is self.listener:
                self.accept()
            elif key.data in self.idle:  # not if it had to make room for a newcomer a moment ago
                self.unwatch(key.data)
                self.ready.append(key.data)
        while connection := self.longest_idle(until=time.monotonic()):
            self.unwatch(connection)
            connection.socket.close()

    def accept(self) -> None:
        """Let a newcomer in. It gets no thread before it has said something."""
        try:
            sock, address = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another process was faster, or the visitor has left
        except OSError:  # no file descriptor is left: whoever has idled longest makes room
            if connection := self.longest_idle(until=math.inf):
                self.unwatch(connection)
                connection.socket.close()
            return
        self.watch(Connection(sock, str(address[0]), self.limits, self.timeouts))

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

    def longest_idle(self, until: float) -> Connection | None:
        """Return the connection that has idled longest, if its patience ends before `until`."""
        with self.idle_lock:
            connection, deadline = next(iter(self.idle.items()), (None, math.inf))
            return connection if deadline < until else None
