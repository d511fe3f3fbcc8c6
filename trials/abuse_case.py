"""What a case of abuse is, and what was found: plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field

from trials.arena import Arena


@dataclass
class Finding:
    """What came of it at one step."""

    says: str = ""  # what was seen, in a sentence
    figure: float | None = None  # the normal visitor's p99 in milliseconds, where one was measured
    misses: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note what should have been otherwise."""
        if not holds:
            self.misses.append(otherwise)


@dataclass(frozen=True)
class Case:
    """Something that a stranger may do to a site."""

    id: str
    title: str
    about: str  # what the stranger does, what it would cost, and what is to come of it
    attempt: Callable[[Arena, Finding], None]
    since: int = 5  # the first step at which there is something to see
