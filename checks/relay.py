"""Somebody on the path between a visitor and the site: passes everything on, keeps a copy, may change it.

It knows nothing of HTTP or TLS: bytes in, the same bytes out, unless `change` says otherwise.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from checks.site import Site
from checks.target import Address

Change = Callable[[bytes], bytes]


class Relay:
    """Listens on a port of its own; whoever connects there is connected with the site."""

    def __init__(self, site: Address):
        self.change: Change = bytes  # what becomes of the site's bytes on their way to the visitor
        self.recorded: list[tuple[str, bytes]] = []  # "visitor" or "site", and what it sent
        self._site = site
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.address = replace(site, host="127.0.0.1", port=self._listener.getsockname()[1])
        self._spawn(self._accept)

    def seen(self, who: str) -> bytes:
        """All that the "visitor" or the "site" has sent so far."""
        return b"".join(data for sender, data in self.recorded if sender == who)

    def close(self) -> None:
        """Hang up on everybody, and wait until all has ended."""
        self._over.set()
        accepting, *_ = self._threads
        accepting.join(10)  # from here on nobody opens anything more
        for one in self._open:
            with suppress(OSError):  # wakes whoever waits in recv() for it
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for one in [self._listener, *self._open]:
            one.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):  # macOS has no other way to end an accept() than its time-out
                visitor, _ = self._listener.accept()
                self._open.append(visitor)
                self._connect(visitor)

    def _connect(self, visitor: socket.socket) -> None:
        try:
            site = socket.create_connection((self._site.host, self._site.port), timeout=5)
        except OSError:
            visitor.shutdown(socket.SHUT_RDWR)
            return
        site.settimeout(None)
        self._open.append(site)
        self._spawn(lambda: self._pass_on("visitor", visitor, site))
        self._spawn(lambda: self._pass_on("site", site, visitor))

    def _pass_on(self, who: str, sender: socket.socket, receiver: socket.socket) -> None:
        with suppress(OSError):
            while data := sender.recv(65_536):
                self.recorded.append((who, data))
                receiver.sendall(self.change(data) if who == "site" else data)
        with suppress(OSError):
            receiver.shutdown(socket.SHUT_WR)  # the end is passed on as well

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True, name="relay")
        self._threads.append(thread)
        thread.start()


@contextmanager
def on_the_path(site: Site) -> Iterator[tuple[Relay, Site]]:
    """A relay in front of the site, and the site as it is seen through it."""
    relay = Relay(site.address)
    secure, plain = (relay.address, None) if relay.address.tls else (None, relay.address)
    through = Site(replace(site.target, http=plain, https=secure), site.left())
    through.began, through.timeline = site.began, site.timeline  # one story
    site.note("somebody sits on the path from here on")
    try:
        with through:
            yield relay, through
    finally:
        relay.close()
