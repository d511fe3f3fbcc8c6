"""The guest book: what the pages need of it, and the simplest thing that gives it.

The pages know only the protocol, so step 07 can keep the entries elsewhere without touching a page.
"""

from collections import deque
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Protocol


@dataclass(frozen=True)
class Entry:
    """What one visitor wrote, as it was written: escaping is the business of whoever shows it."""

    name: str
    message: str


class Guestbook(Protocol):
    """What the pages ask of a guest book, wherever its entries live."""

    def sign(self, entry: Entry) -> None:
        """Keep the entry."""

    def newest(self, count: int) -> list[Entry]:
        """At most ``count`` entries, the newest first."""

    def is_reachable(self) -> bool:
        """Whether signing and reading can work now."""


class MemoryGuestbook:
    """Entries in the memory of this one process: gone when it ends, unknown to every other process."""

    def __init__(self, capacity: int = 1000) -> None:
        # Bounded, because anyone may sign: an endless list would let a stranger fill the memory.
        self._entries: deque[Entry] = deque(maxlen=capacity)
        # Several threads serve requests, and a deque must not change while another thread walks over it.
        self._lock = Lock()

    def sign(self, entry: Entry) -> None:
        """Keep the entry; beyond the capacity the oldest is forgotten."""
        with self._lock:
            self._entries.appendleft(entry)

    def newest(self, count: int) -> list[Entry]:
        """At most ``count`` entries, the newest first."""
        with self._lock:
            return list(islice(self._entries, count))

    def is_reachable(self) -> bool:
        """Always: its memory cannot be out of reach of the process that it belongs to."""
        return True
