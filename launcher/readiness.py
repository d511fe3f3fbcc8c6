"""Does a step really answer? Asked over the network, as a visitor would."""

import http.client
import socket
import ssl
import threading
import time
from pathlib import Path

from launcher.ports import HOST
from launcher.settings import Ports
from launcher.steps import Step

_PAUSE = 0.02  # between two tries
_ONE_TRY = 2.0


class Waiter(threading.Thread):
    """Asks one step until it answers or is told to give up."""

    def __init__(self, step: Step, ports: Ports, certificate: Path, sockets: list[str]) -> None:
        super().__init__(daemon=True)
        self.step = step
        self.problem: str | None = "nobody listens"
        self._ports = ports
        self._certificate = certificate
        self._sockets = sockets
        self._given_up = threading.Event()

    @property
    def answered(self) -> bool:
        """Whether every port of the step has answered."""
        return self.problem is None

    def run(self) -> None:
        """Try, with short pauses."""
        while not self._given_up.is_set():
            try:
                self._ask()
            except (OSError, http.client.HTTPException) as error:
                self.problem = str(error) or type(error).__name__
                time.sleep(_PAUSE)
            else:
                self.problem = None
                return

    def give_up(self) -> None:
        """Stop asking."""
        self._given_up.set()

    def _ask(self) -> None:
        # First the apps behind a proxy: asked too early, it would log errors that teach nothing.
        while self._sockets:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as app:
                app.connect(self._sockets[0])
            self._sockets.pop(0)
        if not self.step.about.speaks_http:
            any_bytes(self._ports.http)
            return
        get(http.client.HTTPConnection(HOST, self._ports.http, timeout=_ONE_TRY))
        if self._ports.https:
            context = only(self._certificate)
            get(http.client.HTTPSConnection(HOST, self._ports.https, timeout=_ONE_TRY, context=context))


def only(certificate: Path) -> ssl.SSLContext:
    """Accept a server that holds this very certificate, for whatever name and by whomever it is signed.

    Who trusts the signer is for visitors to decide; here it only matters that our own server answers.
    """
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def any_bytes(port: int) -> None:
    """Send a byte, expect some back, and that the connection then ends."""
    with socket.create_connection((HOST, port), timeout=_ONE_TRY) as connection:
        connection.sendall(b"\n")
        connection.shutdown(socket.SHUT_WR)
        if not connection.recv(65536):
            raise OSError("it closes the connection without a byte")
        while connection.recv(65536):
            pass


def get(connection: http.client.HTTPConnection) -> None:
    """`GET /`: the page, or a redirect (to https)."""
    try:
        connection.request("GET", "/", headers={"Connection": "close", "User-Agent": "launcher"})
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 400:
            raise OSError(f"GET / is answered with {answer.status}")
    finally:
        connection.close()
