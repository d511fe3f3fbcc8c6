"""One connection to the site: bytes out, bytes in, each noted; never longer than the check may take."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import cache

from checks.answers import Answer, take_answer
from checks.claim import Trouble
from checks.target import Address

Note = Callable[[str, bytes], None]
Left = Callable[[], float]


class Down(Trouble):
    """Nobody listens."""

    hint = "down"


class Silence(Trouble):
    """No answer came in time."""

    hint = "silent"


class Cut(Trouble):
    """The connection ended before the answer did."""

    hint = "cut"


class Wire:
    """A TCP connection, by TLS where the address says so.

    Certificates are not judged, unless by the `context`: whether one is right is a claim of its own.
    """

    def __init__(
        self,
        address: Address,
        left: Left,
        note: Note,
        source: str | None = None,
        patience: float | None = None,
        context: ssl.SSLContext | None = None,
    ):
        self._left, self._note = left, note
        self.buffer = bytearray()
        self.ended = False
        self.cut = ""  # why, if it did not end in order: bytes of ours, or of the site, may be lost
        try:
            self.socket = socket.create_connection(
                (address.host, address.port),
                timeout=min(left(), patience or left()),
                source_address=(source, 0) if source else None,
            )
        except TimeoutError:
            raise Silence(f"{address.host} port {address.port} accepts no connection") from None
        except OSError as error:
            raise Down(f"cannot connect to {address.host} port {address.port}: {reason(error)}") from None
        note("connected", b"")
        if address.tls:
            self._secure(address.name, context or trusting())

    def _secure(self, name: str, context: ssl.SSLContext) -> None:
        try:
            self.socket = context.wrap_socket(self.socket, server_hostname=name)
        except TimeoutError:
            self.close()
            raise Silence("the TLS handshake is not answered") from None
        except OSError as error:
            self.close()
            raise Cut(f"the TLS handshake fails: {reason(error)}") from error

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._note("sent", data)
        try:
            self.socket.settimeout(self._left())
            self.socket.sendall(data)
        except TimeoutError:
            raise Silence("the site does not read what is sent to it") from None
        except OSError as error:
            # Its answer may have come before the reset: whoever wants it, reads it.
            self.cut = reason(error)
            self._note(f"could not send: {self.cut}", b"")

    def read(self, patience: float | None = None) -> bytes:
        """Some bytes; b"" at the end of the connection. `patience` is in seconds."""
        try:
            self.socket.settimeout(min(self._left(), patience) if patience else self._left())
            data = self.socket.recv(262_144)
        except TimeoutError:
            raise Silence("no answer came") from None
        except OSError as error:
            self.cut = reason(error)
            self._note(f"the connection was cut: {self.cut}", b"")
            data = b""
        if data:
            self._note("received", data)
        elif not self.ended:
            self._note("closed by the site", b"")
        self.ended = not data
        return data

    def answer(self, method: str = "GET", patience: float | None = None) -> Answer:
        """The next whole answer on this connection, to a request with that method."""
        while (answer := take_answer(self.buffer, method, self.ended)) is None:
            if self.ended:
                raise Cut(
                    "the connection ended "
                    + ("in the middle of the answer" if self.buffer else "without an answer")
                    + (f" ({self.cut})" if self.cut else "")
                )
            try:
                self.buffer += self.read(patience)
            except Silence:
                if self.buffer:
                    raise Silence("the answer began and did not end") from None
                raise
        return answer

    def is_closed(self, patience: float) -> bool:
        """Whether the site ends the connection within so many seconds, saying nothing more."""
        with suppress(Silence):
            return not self.read(patience)
        return False

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self.socket.close()

    def reset(self) -> None:
        """Hang up rudely, as a phone that loses its network: the site gets a reset."""
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()


@cache
def trusting() -> ssl.SSLContext:
    """Take any certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def reason(error: OSError) -> str:
    """An error in a few words."""
    return str(error.strerror or error).partition(" (_ssl")[0]
