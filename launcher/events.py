"""What supervisord reports in its log, as events: a process was started, ended, or was given up."""

import re
from dataclasses import dataclass

_FORMS = (
    ("started", re.compile(r"spawned: '(?P<name>.+)' with pid (?P<detail>\d+)")),
    ("ended", re.compile(r"(?:exited|stopped): (?P<name>\S+) \((?P<detail>.*)\)")),
    ("given up", re.compile(r"gave up: (?P<name>\S+) entered FATAL state, (?P<detail>.*)")),
    ("not started", re.compile(r"spawnerr: (?P<detail>.*)(?P<name>)")),
)


@dataclass(frozen=True)
class Event:
    """Something that happened to a process (supervisord's name of it)."""

    what: str  # started, ended, given up, not started
    process: str
    detail: str


def read(line: str) -> Event | None:
    """The event that a line of supervisord's log reports, if it reports one."""
    _date, _, rest = line.partition(" INFO ") if " INFO " in line else line.partition(" WARN ")
    for what, form in _FORMS:
        if match := form.match(rest):
            detail = match["detail"].removesuffix("; expected").removesuffix("; not expected")
            return Event(what, match["name"], detail.removeprefix("terminated by "))
    return None
