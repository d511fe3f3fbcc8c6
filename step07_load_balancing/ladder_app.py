"""The app of the session ladder: it knows who you are, as far as its session lets it.

Run by ``session_ladder.py`` as a process of its own:
``python -m step07_load_balancing.ladder_app SCENE FOLDER LISTENER``, the listener being an inherited socket.
"""

import logging
import os
import secrets
import sys
import threading
from pathlib import Path

from flask import Flask, session
from werkzeug.serving import make_server

from step04_flask.secret import persistent_key

NOBODY = "nobody"


def create_app(scene: str, folder: Path) -> Flask:
    """Three routes; the scene decides where the session lives."""
    app = Flask(__name__)
    app.secret_key = secrets.token_hex() if scene == "a" else persistent_key(folder / "secret_key")
    if scene == "d":
        keep_sessions_in_memory(app)
    if scene == "e":
        keep_sessions_in_redis(app, folder / "redis.sock")

    @app.post("/login")
    def login() -> str:
        session["name"] = "ada"
        return "ada"

    @app.get("/")
    def greet() -> str:
        return str(session.get("name", NOBODY))

    @app.post("/logout")
    def logout() -> str:
        session.clear()
        return NOBODY

    return app


def keep_sessions_in_memory(app: Flask) -> None:
    """The cookie holds an identifier; the rest is in a dictionary of this one process."""
    from cachelib import SimpleCache
    from flask_session import Session  # type: ignore[import-untyped]

    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache())
    Session(app)


def keep_sessions_in_redis(app: Flask, socket_path: Path) -> None:
    """The cookie holds an identifier; the rest is in Redis, exactly as in this step's own app."""
    from step07_load_balancing.redis_client import connect
    from step07_load_balancing.sessions import RedisSessions

    app.session_interface = RedisSessions(app, connect(socket_path), apologize=lambda response: None)


def serve(scene: str, folder: Path, listener: int) -> None:
    """The app process. It ends when its parent does, however the parent ended: then its stdin ends."""
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_server("127.0.0.1", 0, create_app(scene, folder), fd=listener).serve_forever()


if __name__ == "__main__":
    serve(scene=sys.argv[1], folder=Path(sys.argv[2]), listener=int(sys.argv[3]))
