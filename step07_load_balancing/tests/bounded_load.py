"""A few visitors who ask as fast as they are answered, and count what went wrong."""

import http.client
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

Ask = Callable[[http.client.HTTPConnection], str | None]  # None: it went well; otherwise what went wrong


@dataclass
class Counts:
    """How many requests were answered as they should be, and what became of the others."""

    sent: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, failure: str | None) -> None:
        with self.lock:
            self.sent += 1
            if failure:
                self.failures[failure] += 1


def get(path: str) -> Ask:
    """Ask for a page; anything but a whole 200 is a failure."""

    def ask(connection: http.client.HTTPConnection) -> str | None:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return None if answer.status == 200 else f"status {answer.status}"

    return ask


def open_connection(url: str, authority: Path) -> http.client.HTTPConnection:
    """A connection to the site, with the certificate verified; it is opened by the first request."""
    address = urlsplit(url)
    assert address.hostname
    context = ssl.create_default_context(cafile=authority)
    return http.client.HTTPSConnection(address.hostname, address.port, timeout=10, context=context)


@contextmanager
def load(url: str, authority: Path, ask: Ask, visitors: int = 6) -> Iterator[Counts]:
    """Keep asking while the block runs. The block sees the counts grow; afterwards they are final."""
    counts, over = Counts(), threading.Event()

    def visit() -> None:
        connection = open_connection(url, authority)
        while not over.is_set():
            try:
                counts.add(ask(connection))
            except (OSError, http.client.HTTPException) as error:
                counts.add(f"{type(error).__name__}: {error}")
                connection.close()
        connection.close()

    threads = [threading.Thread(target=visit) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        over.set()
        for thread in threads:
            thread.join()
