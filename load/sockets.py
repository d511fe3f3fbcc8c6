"""Inside locust.

Users of bare sockets. For step 01, which speaks no HTTP, and for those who hardly speak at all.
"""

import socket
import time
from typing import Any
from urllib.parse import urlsplit

import gevent
from locust import User, constant, task
from locust.exception import StopTest

from load import options
from load.failures import Failed, kind_of_error
from load.scenarios import SLOW_CLIENTS

CROWD_FIRST = 1.0  # seconds by which slow clients are there before the visitors whom they are to hinder
held = 0  # connections of slow clients that are open now
crowd = 0  # slow clients that have not ended


class SocketUser(User):
    """Connects to the host; its events are what locust counts."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        given = environment.parsed_options
        if why := options.objection(str(self.host), given.i_own_this_server):
            raise StopTest(why)
        self.patience, self.authority = given.patience, given.authority

    def connect(self) -> socket.socket:
        """A new connection, with TLS where the URL says so."""
        at = urlsplit(str(self.host))
        port = at.port or (443 if at.scheme == "https" else 80)
        plain = socket.create_connection((at.hostname or "", port), timeout=self.patience)
        if at.scheme != "https":
            return plain
        return options.trusting(self.authority).wrap_socket(plain, server_hostname=at.hostname)


class Bytes(SocketUser):
    """Sends a line, takes all bytes that come until the server closes. What they mean is not asked."""

    @task
    def visit(self) -> None:
        """One connection, one page."""
        began, received, error = time.perf_counter(), 0, None
        try:
            with self.connect() as connection:
                connection.sendall(b"hello\n")
                while data := connection.recv(65536):
                    received += len(data)
            if not received:
                error = Failed("closed without a byte")
        except OSError as trouble:
            error = Failed(kind_of_error(trouble, self.patience))
        self.environment.events.request.fire(
            request_type="TCP",
            name="the page",
            response_time=(time.perf_counter() - began) * 1000,
            response_length=received,
            exception=error,
        )


class PatientBytes(Bytes):
    """The same with a breath between, beside slow clients who were there first."""

    wait_time = constant(0.1)

    def on_start(self) -> None:
        """Let them come."""
        gevent.sleep(CROWD_FIRST)


class SlowClient(SocketUser):
    """Sends the head of a request, a byte a second, and never ends it. Comes again when it is thrown out."""

    fixed_count = SLOW_CLIENTS
    connection: socket.socket | None = None

    @task
    def drip(self) -> None:
        """A byte a second; when the time is over, until the last visitor has an answer or has given up."""
        global crowd
        crowd += 1
        while not (self.is_over() and self.environment.runner.user_count <= crowd):
            self.send()
            gevent.sleep(0.05 if self.is_over() else 1.0)
        crowd -= 1
        self.on_stop()

    def is_over(self) -> bool:
        """Whether locust has asked all users to end."""
        return bool(self._state == "stopping")

    def send(self) -> None:
        """The next byte, on the connection that the server stands so far."""
        global held
        try:
            if self.connection is None:
                self.connection = self.connect()
                held += 1
                self.connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            self.connection.sendall(b"z")
        except OSError:  # refused or thrown out: that is the server's good right
            self.on_stop()

    def on_stop(self) -> None:
        """Hang up."""
        global held
        if self.connection is not None:
            self.connection.close()
            self.connection = None
            held -= 1
