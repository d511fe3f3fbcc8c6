"""How long a login lasts: two clocks, and the earlier one ends it.

- *Idle*: `PERMANENT_SESSION_LIFETIME` after the session last changed. A visit of the front page is a change.
- *Absolute*: `LOGIN_LIFETIME` after the login, however busy the visitor is, or whoever has a copy.

The signed cookie needs no memory of the server for either: its signature bears the time at which it was made,
and the time of the login stands in it. What it cannot do is end before its time.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

SINCE = "since"  # in a session: when it began with a login, in seconds since 1970


def now() -> int:
    """What a login writes down."""
    return int(time.time())


def left(session: Mapping[str, Any], lifetime: timedelta) -> timedelta:
    """For how long a session may still be believed: the whole lifetime if it did not begin with a login."""
    return lifetime - timedelta(seconds=time.time() - session[SINCE]) if SINCE in session else lifetime


class AgingSessions(SecureCookieSessionInterface):
    """Flask's signed cookies. Flask itself refuses one that is too long idle; this one looks at the login."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session in the cookie; an empty one if its login is too long ago."""
        session = super().open_session(app, request)
        if session is not None and left(session, app.config["LOGIN_LIFETIME"]) <= timedelta(0):
            return self.session_class()
        return session
