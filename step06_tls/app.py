"""The app of step 05 behind TLS: its cookie never travels in the open."""

from collections.abc import Mapping
from typing import Any

from flask import Flask

from step04_flask.guestbook import Guestbook
from step05_nginx.app import create_app as create_step05_app

DEFAULTS: Mapping[str, Any] = {
    "STEP": "step06_tls",
    "STEP_TITLE": "TLS",
    "SERVED_BY": "step06-app",
    # A browser takes a cookie of this prefix by TLS only, for the whole of this host and for no other. So
    # neither a neighbour below the same domain nor whoever answers by plain http can plant one (RFC 6265bis,
    # 4.1.3.2).
    "SESSION_COOKIE_NAME": "__Host-step06_session",
    # Browsers send the cookie over https only (and by http to localhost itself, where no path lies between).
    # Without it, one request by http would show it to the whole path.
    "SESSION_COOKIE_SECURE": True,
}


def create_app(config: Mapping[str, Any] | None = None, guestbook: Guestbook | None = None) -> Flask:
    """The site for a proxy that speaks TLS."""
    return create_step05_app({**DEFAULTS, **(config or {})}, guestbook)
