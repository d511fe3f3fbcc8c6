"""The site as a Flask app, made by a factory: the same code with other settings is another app.

Nothing here knows the server that calls it, a proxy in front, or where the settings come from.
"""

import os
import secrets
import socket
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask, Response, session
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException

from step03_wsgi.app import STATIC_FOLDER
from step04_flask.accounts import ACCOUNTS, SHOWN_PASSWORDS
from step04_flask.errors import show_error
from step04_flask.guesses import Guesses, MemoryCounters
from step04_flask.guestbook import Guestbook, MemoryGuestbook
from step04_flask.instruments import instruments
from step04_flask.lifetime import AgingSessions
from step04_flask.login import login
from step04_flask.views import pages

DEFAULTS: Mapping[str, Any] = {
    "STEP": "step04_flask",
    "STEP_TITLE": "Flask",
    "SERVED_BY": "step04-app",
    "ACCOUNTS": ACCOUNTS,
    "SHOWN_PASSWORDS": SHOWN_PASSWORDS,
    # Cookies ignore ports: with Flask's own name, "session", a login at one step would end the login at
    # another.
    "SESSION_COOKIE_NAME": "step04_session",
    # Not for JavaScript (Flask's default), and not sent along when another site posts a form (the browsers'
    # own default, which each of them bends a little unless it is said).
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    # How long a login lasts when nothing happens (Flask's default is 31 days), and how long at most: so long
    # does a copied cookie live, too.
    "PERMANENT_SESSION_LIFETIME": timedelta(minutes=30),
    "LOGIN_LIFETIME": timedelta(hours=12),
    # A form is good for as long as the session with the copy of its token. Flask-WTF's default: an hour.
    "WTF_CSRF_TIME_LIMIT": None,
    # The largest form of this site is 4 KB. Flask's default for a body is no limit at all.
    "MAX_CONTENT_LENGTH": 64 * 1024,
    "MAX_FORM_MEMORY_SIZE": 64 * 1024,
    # The names that a Host field may bear; None means any. Nothing here is made from it (no absolute address,
    # no mail), and a classroom calls this machine by many names. A site that does set it answers 400 to the
    # others.
    "TRUSTED_HOSTS": None,
}


def create_app(config: Mapping[str, Any] | None = None, guestbook: Guestbook | None = None) -> Flask:
    """The site with these settings, on this guest book (by default one in memory)."""
    app = Flask(__name__, static_folder=STATIC_FOLDER, static_url_path="/static")
    app.config.from_mapping(DEFAULTS)
    # Good for as long as this app lives; whoever runs it for longer passes a key that is kept.
    app.config["SECRET_KEY"] = secrets.token_hex()
    app.config.update(config or {})
    app.extensions["guestbook"] = guestbook or MemoryGuestbook()
    app.extensions["guesses"] = Guesses(MemoryCounters())
    app.session_interface = AgingSessions()
    CSRFProtect(app)
    for blueprint in (pages, login, instruments):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, show_error)
    app.after_request(keep_private)
    app.context_processor(lambda: {"host": socket.gethostname(), "pid": os.getpid()})
    app.jinja_env.globals["step"] = f"Step {app.config['STEP'][4:6]}"
    # The only way by which templates name a static file, so that a later step can name them otherwise.
    app.jinja_env.globals["asset_url"] = lambda name: f"{app.static_url_path}/{name}"
    return app


def keep_private(response: Response) -> Response:
    """Mark what was made for one visitor, so that no cache on the way may show it to another."""
    # Pages only: they look at the session anyway (for their navigation), and a look adds "Vary: Cookie".
    if response.mimetype == "text/html" and session:
        response.cache_control.private = True
    return response
