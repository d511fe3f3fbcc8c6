"""Step 04, solved: with Flask. What visitors say is text, and who they are is what we have signed."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, redirect, render_template_string, request, session
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.exceptions import BadRequest

PAGE = """<!doctype html>
<title>Guest book</title>
<link rel="stylesheet" href="/static/style.css">
<img src="/static/picture.png" alt="">
<h1>Guest book</h1>
"""
TOKEN = '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">'
SIGN = f"""<form method="post" action="/guestbook">{TOKEN}
<input name="name"><textarea name="message"></textarea><button>Sign</button></form>"""
LOGIN = f"""<form method="post" action="/login">{TOKEN}
<input name="name"><input name="password" type="password"><button>Log in</button></form>"""
FRONT = f"""{{% for name, message in entries %}}<p>{{{{ name }}}}: {{{{ message }}}}</p>
{{% endfor %}}{{% if session.name %}}<p>You are {{{{ session.name }}}}.</p>
<form method="post" action="/logout">{TOKEN}<button>Log out</button></form>{{% endif %}}"""

ACCOUNTS = {"ada": "analytical"}
MOST_FAILURES, WINDOW = 10, 300.0  # of one address, in so many seconds
failures: dict[str, list[float]] = {}  # when the logins from an address failed
entries: list[tuple[str, str]] = []


def secret_key(file: Path) -> str:
    """The key that signs the cookies: drawn once, and readable by us alone."""
    if not file.exists():
        file.touch(0o600)
        file.write_text(secrets.token_hex(32), "ascii")
    return file.read_text("ascii")


app = Flask(__name__)
app.config.update(SECRET_KEY=secret_key(Path(__file__).with_name("secret")), SESSION_COOKIE_SAMESITE="Lax")
CSRFProtect(app)


def page(main: str, **values: object) -> str:
    """A whole page; a template escapes its values."""
    return render_template_string(PAGE + main, **values)


@app.get("/")
def front() -> str:
    """The entries; to somebody who is logged in also the way out."""
    return page(FRONT, entries=entries)


@app.get("/hello")
def hello() -> str:
    """A greeting."""
    return page("<p>Hello, {{ name }}!</p>", name=request.args.get("name", "stranger"))


@app.get("/sign")
def sign_form() -> str:
    """The form."""
    return page(SIGN)


@app.post("/guestbook")
def sign() -> ResponseReturnValue:
    """Keep an entry."""
    entries[:] = [(request.form["name"], request.form["message"]), *entries][:50]
    return redirect("/", 303)


@app.get("/login")
def login_form() -> str:
    """The form."""
    return page(LOGIN)


@app.post("/login")
def log_in() -> ResponseReturnValue:
    """Remember who knows the password."""
    address, now = request.remote_addr or "", time.monotonic()
    recent = [moment for moment in failures.get(address, []) if now - moment < WINDOW]
    if len(recent) >= MOST_FAILURES:
        return page(LOGIN), 429, {"Retry-After": str(1 + int(WINDOW - (now - recent[0])))}
    name = request.form["name"]
    if ACCOUNTS.get(name) != request.form["password"]:
        failures[address] = [*recent, now]
        return page(LOGIN), 403
    session.clear()
    session["name"] = name
    return redirect("/", 303)


@app.post("/logout")
def log_out() -> ResponseReturnValue:
    """Forget the visitor."""
    session.clear()
    return redirect("/", 303)


@app.get("/whoami")
def whoami() -> dict[str, str | None]:
    """How the app sees the visitor."""
    return {"scheme": request.scheme, "client": request.remote_addr}


@app.get("/slow")
def slow() -> str:
    """A stand-in for a slow database."""
    time.sleep(seconds(request.args.get("seconds", "1")))
    return page("<p>That took a while.</p>")


def seconds(text: str) -> float:
    """A number from 0 to 30."""
    try:
        return max(0.0, min(30.0, float(text)))
    except ValueError:
        raise BadRequest("a number of seconds, please") from None


@app.get("/download")
def download() -> Response:
    """Many bytes, made when they are sent."""
    size = min(request.args.get("bytes", 1_000_000, type=int), 10**9)

    def blocks() -> Iterator[bytes]:
        block = bytes(65536)
        for at in range(0, size, len(block)):
            yield block[: size - at]

    return Response(blocks(), mimetype="application/octet-stream", headers={"Content-Length": str(size)})
