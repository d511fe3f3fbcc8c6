"""The events, in the order in which they are shown."""

from trials.event import Event
from trials.events import apps, disks, proxy, store

EVENTS: tuple[Event, ...] = (*apps.EVENTS, *proxy.EVENTS, *store.EVENTS, *disks.EVENTS)
