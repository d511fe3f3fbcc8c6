"""What a check is, and what it may answer. Plain values; nothing here touches a network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.site import Site


class Verdict(StrEnum):
    """What came out."""

    KEPT = "kept"
    BROKEN = "broken"
    ABSENT = "absent"  # the site has no such feature: that teaches nothing, and is no failure of this step
    SKIPPED = "skipped"  # the check needs a power over the target that nobody gave it


@dataclass(frozen=True)
class Culprit:
    """The bytes that decide, and where in them to look."""

    data: bytes
    at: int = 0
    length: int = 1
    whose: str = "the site answered"


@dataclass(frozen=True)
class Moment:
    """One thing that happened on the wire or to a process."""

    seconds: float  # since the check began
    what: str
    data: bytes = b""


@dataclass(frozen=True)
class Evidence:
    """A verdict with its reason: one sentence, and where there is one a figure with its unit."""

    verdict: Verdict
    says: str
    figure: float | None = None
    unit: str = ""
    hint: str = ""  # a key of the check's hints
    culprit: Culprit | None = None


def kept(says: str, figure: float | None = None, unit: str = "") -> Evidence:
    """The claim holds."""
    return Evidence(Verdict.KEPT, says, figure, unit)


def broken(
    says: str, hint: str, figure: float | None = None, unit: str = "", culprit: Culprit | None = None
) -> Evidence:
    """The claim does not hold; `hint` names the likely cause among the check's hints."""
    return Evidence(Verdict.BROKEN, says, figure, unit, hint, culprit)


def absent(says: str) -> Evidence:
    """The site has nothing of which the claim could be true or false."""
    return Evidence(Verdict.ABSENT, says)


def skipped(says: str) -> Evidence:
    """Nobody gave the power that the check needs."""
    return Evidence(Verdict.SKIPPED, says)


class Trouble(Exception):
    """What kept a probe from an answer; the site's doing, so it is evidence. `hint` is a key of HINTS."""

    hint = "silent"

    def __init__(self, says: str, culprit: Culprit | None = None):
        super().__init__(says)
        self.culprit = culprit


# For what can go wrong in every check. A check may give its own words for any of them.
HINTS: Mapping[str, str] = {
    "down": "Nothing listens there. Is the server running, on this address and port?",
    "silent": "The server waits for something that will not come, or is busy with another visitor.",
    "cut": "The connection ended before the answer did: look for an exception in the server's output, for a "
    "Content-Length that is too large, or for a close() while unread bytes of the request make TCP reset it.",
    "not-http": "An answer begins with a status line such as `HTTP/1.1 200 OK`, then header fields, then an "
    "empty line, each ended by CR LF (RFC 9112, 2.1).",
    "unframed": "Say where the body ends: a Content-Length that counts bytes, or chunks (RFC 9112, 6.3).",
    "login": "The course's account (ada, with the password analytical) logs in by the form on /login; after "
    "that the front page has a form with the action /logout, and a cookie alone tells who the visitor is.",
    "slow": "The check took longer than its bound, so something hangs: the timeline shows where.",
}

Probe = Callable[["Site"], Evidence]


@dataclass(frozen=True)
class Check:
    """One claim about a running site, and how to find out whether it is true."""

    id: str  # "not-found": its module's name
    question: str
    since: int  # the first step that keeps it: its folder
    shows: str  # the failure that it makes visible
    specification: str
    by_hand: str  # one line for a shell; {url}, {host}, {port} and the like are filled in
    probe: Probe
    bound: float = 10.0  # seconds
    power: str = ""  # of target.POWERS, if talking to the site is not enough
    hints: Mapping[str, str] = field(default_factory=dict)

    def hint(self, name: str) -> str:
        """The words for a hint."""
        return {**HINTS, **self.hints}[name]


def check(
    *,
    question: str,
    shows: str,
    specification: str,
    by_hand: str,
    bound: float = 10.0,
    power: str = "",
    hints: Mapping[str, str] | None = None,
) -> Callable[[Probe], Check]:
    """Make a check of the probe below; its module's folder and name say since when it holds, and its id."""

    def make(probe: Probe) -> Check:
        *_, folder, name = probe.__module__.split(".")
        return Check(
            id=name.replace("_", "-"),
            question=question,
            since=int(folder.removeprefix("step")),
            shows=shows,
            specification=specification,
            by_hand=by_hand,
            probe=probe,
            bound=bound,
            power=power,
            hints=hints or {},
        )

    return make
