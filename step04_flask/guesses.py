"""Guessing at passwords: how often a login may fail, from one address and for one name.

What this module guarantees:
- a name without an account is counted like any other, so that a refusal does not tell which accounts exist;
- nobody is locked out for ever: what was counted is forgotten five minutes after the first failure;
- strangers who fail in somebody's name do not lock out the owner where the owner has logged in before.

What it cannot do: an owner at a new address waits for as long as strangers, from many addresses, go on
failing in that name. Against that helps only what no stranger has, such as a second factor.

It does not know where the counts are kept. Guesses that are being examined at the same moment are not counted
yet, so as many as the apps have threads can pass beyond a limit; to count them first would refuse the right
passwords of a class that logs in together.
"""

import hashlib
import ipaddress
import math
import time
from threading import Lock
from typing import Protocol

WINDOW = 5 * 60  # seconds
# Many people may share an address, and each may mistype once or twice.
FAILURES_OF_AN_ADDRESS = 10
# From all addresses together: for one who guesses from many.
FAILURES_OF_A_NAME = 50
OWNER_REMEMBERED = 30 * 24 * 3600  # seconds


class Counters(Protocol):
    """Where the counts are kept: each counts up for some time, and begins anew after it."""

    def add(self, key: str, seconds: int) -> None:
        """Count one more; if it is the first, forget it and all that follow after so many seconds."""

    def read(self, key: str) -> tuple[int, int]:
        """How many were counted, and in how many seconds they are forgotten."""


class Guesses:
    """What is decided from the counts."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def seconds_to_wait(self, name: str, address: str) -> int:
        """0 if this name may be tried from this address; otherwise the password is not even looked at."""
        failed, seconds = self._counters.read(_of_address(address))
        if failed >= FAILURES_OF_AN_ADDRESS:
            return seconds
        failed, seconds = self._counters.read(_of_name(name))
        if failed >= FAILURES_OF_A_NAME and not self._counters.read(_of_owner(name, address))[0]:
            return seconds
        return 0

    def failed(self, name: str, address: str) -> None:
        """Count it against both."""
        self._counters.add(_of_address(address), WINDOW)
        self._counters.add(_of_name(name), WINDOW)

    def succeeded(self, name: str, address: str) -> None:
        """Remember where the owner was. No count is taken back: a guesser may have an account, too."""
        self._counters.add(_of_owner(name, address), OWNER_REMEMBERED)


class MemoryCounters:
    """Counts in the memory of this one process: gone when it ends, unknown to every other process."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._counts: dict[str, tuple[int, float]] = {}  # how many, and until when
        self._capacity = capacity
        self._lock = Lock()

    def add(self, key: str, seconds: int) -> None:
        """Count one more; beyond the capacity, what was added to longest ago is forgotten."""
        with self._lock:
            now = time.monotonic()
            count, end = self._counts.pop(key, (0, 0.0))
            self._counts[key] = (count + 1, end) if now < end else (1, now + seconds)
            if len(self._counts) > self._capacity:
                del self._counts[next(iter(self._counts))]

    def read(self, key: str) -> tuple[int, int]:
        """How many were counted, and in how many seconds they are forgotten."""
        with self._lock:
            count, end = self._counts.get(key, (0, 0.0))
        left = math.ceil(end - time.monotonic())
        return (count, left) if left > 0 else (0, 0)


def _of_address(address: str) -> str:
    return f"address:{_network(address)}"


def _of_name(name: str) -> str:
    # Anybody may send any name: a part of its hash is short, and holds nothing that a store could stumble on.
    return f"name:{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _of_owner(name: str, address: str) -> str:
    return f"owner:{_of_name(name)}:{_network(address)}"


def _network(address: str) -> str:
    """Whom an address stands for: by IPv6 each household has 2⁶⁴ of them, which begin alike (RFC 6177)."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address  # whatever whoever stands in front calls an address
