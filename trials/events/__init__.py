"""The events, in the order in which they are shown."""

from trials.event import Event
from trials.events import apps, disks, proxy, store

EVENTS: tuple[Event, ...] = (*apps.EVENTS, *proxy.EVENTS, *store.EVENTS, *disks.EVENTS)


def named(names: list[str]) -> list[Event]:
    """Those events; all if none is named. LookupError names the first that there is not."""
    known = {event.id: event for event in EVENTS}
    for name in names:
        if name not in known:
            raise LookupError(f"there is no EVENT={name}; there are {' '.join(known)}")
    return [known[name] for name in names] or list(EVENTS)
