"""The site as step 06 made it, with its state in Redis: any app may answer any request, and each may die.

It knows neither how many apps there are nor who distributes the requests.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, session
from flask_wtf.csrf import CSRFError
from redis.exceptions import RedisError
from werkzeug.exceptions import ServiceUnavailable

from step04_flask.errors import show_error
from step04_flask.guesses import Guesses
from step06_tls.app import create_app as create_app_below
from step07_load_balancing.counters import RedisCounters
from step07_load_balancing.guestbook import RedisGuestbook
from step07_load_balancing.redis_client import RedisSocket, connect
from step07_load_balancing.sessions import LazySession, RedisSessions

DEFAULTS: Mapping[str, Any] = {
    "STEP": "step07_load_balancing",
    "STEP_TITLE": "Load balancing",
    "SERVED_BY": "app",
    "SESSION_COOKIE_NAME": "__Host-step07_session",
    # Flask's default writes the session after every request, changed or not.
    "SESSION_REFRESH_EACH_REQUEST": False,
}
REDIS_SOCKET = Path("run/step07/redis.sock")
RETRY_SECONDS = 5
APOLOGY = (
    "Entries and sessions are out of reach for a moment. Nothing is lost; please try again in a few seconds."
)


def create_app(config: Mapping[str, Any] | None = None, redis_socket: RedisSocket = REDIS_SOCKET) -> Flask:
    """The site with these settings, on the Redis behind this socket (which need not answer yet)."""
    app = create_app_below({**DEFAULTS, **(config or {})}, RedisGuestbook(redis_socket))
    app.session_interface = RedisSessions(app, connect(redis_socket), turn_into_apology)
    app.extensions["guesses"] = Guesses(RedisCounters(redis_socket))
    app.register_error_handler(RedisError, show_unavailable)
    app.register_error_handler(CSRFError, show_csrf_error)
    app.after_request(say_who_served)
    return app


def show_unavailable(error: RedisError) -> Response:
    """503, and when to come back: neither the visitor nor this app did anything wrong."""
    current_app.logger.warning("Redis does not answer: %s", error)
    return show_error(ServiceUnavailable(APOLOGY, retry_after=RETRY_SECONDS))


def show_csrf_error(error: CSRFError) -> Response:
    """A form without its token is refused; but a token that nobody can look up is not the visitor's fault."""
    if isinstance(session, LazySession) and session.lost:
        return show_unavailable(session.lost)
    return show_error(error)


def turn_into_apology(response: Response) -> None:
    """Change an answer that is ready to be sent: what it promises could not be stored."""
    apology = show_error(ServiceUnavailable(APOLOGY, retry_after=RETRY_SECONDS))
    response.status = apology.status
    response.set_data(apology.get_data())
    response.headers.remove("Location")
    response.headers.update(apology.headers)


def say_who_served(response: Response) -> Response:
    """Name the app, so that everybody can watch the balancing."""
    response.headers["X-Served-By"] = current_app.config["SERVED_BY"]
    return response
