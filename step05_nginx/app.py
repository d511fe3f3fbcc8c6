"""The app of step 04, behind one proxy.

Unlike step 04 it believes what the proxy says of the visitor, and names its static files by their content, so
that the proxy may let browsers keep them for a year.
"""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from step03_wsgi.app import STATIC_FOLDER
from step04_flask.app import create_app as create_step04_app
from step04_flask.guestbook import Guestbook
from step05_nginx.assets import fingerprinted_names

DEFAULTS: Mapping[str, Any] = {
    "STEP": "step05_nginx",
    "STEP_TITLE": "nginx",
    "SERVED_BY": "step05-app",
    "SESSION_COOKIE_NAME": "step05_session",
}


def create_app(config: Mapping[str, Any] | None = None, guestbook: Guestbook | None = None) -> Flask:
    """The site behind exactly one proxy; without it, any visitor could write the headers believed here."""
    app = create_step04_app({**DEFAULTS, **(config or {})}, guestbook)
    # One proxy, so the last value of X-Forwarded-For is its word and all before it are hearsay. The host is
    # not among what is believed: nginx passes the Host field on as it came.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    names = fingerprinted_names(STATIC_FOLDER)
    app.jinja_env.globals["asset_url"] = lambda name: f"{app.static_url_path}/{names.get(name, name)}"
    return app
