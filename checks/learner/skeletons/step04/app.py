"""My step 04: the guest book with Flask.

    gunicorn --config my/step04/gunicorn.conf.py --bind 127.0.0.1:9004 app:app
    make check STEP=04 CMD="gunicorn --config my/step04/gunicorn.conf.py --bind 127.0.0.1:{port} app:app"

Everything works, and nothing is safe: visitors' words go into the page as they came, any site can send this
one's forms, whoever writes a cookie is logged in, anybody may guess at passwords without end, and
nobody can log out for good.
"""

import time
from collections.abc import Iterator

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

PAGE = """<!doctype html>
<title>Guest book</title>
<link rel="stylesheet" href="/static/style.css">
<img src="/static/picture.png" alt="">
<h1>Guest book</h1>
{main}
"""
SIGN = """<form method="post" action="/guestbook">
<input name="name"><textarea name="message"></textarea><button>Sign</button></form>"""
LOGIN = """<form method="post" action="/login">
<input name="name"><input name="password" type="password"><button>Log in</button></form>"""
LOGOUT = '<form method="post" action="/logout"><button>Log out</button></form>'

ACCOUNTS = {"ada": "analytical"}
entries: list[tuple[str, str]] = []
app = Flask(__name__)
# TODO 3: a SECRET_KEY, drawn once (secrets.token_hex) and kept in a file beside this one, so that logins
# survive a restart; with it the session cookie can be signed. And SESSION_COOKIE_SAMESITE.


def page(main: str) -> str:
    """A whole page."""
    # TODO 1: make pages with render_template_string, or templates: they escape what visitors wrote.
    return PAGE.format(main=main)


@app.get("/")
def front() -> str:
    """The entries; to somebody who is logged in also the way out."""
    main = "".join(f"<p>{name}: {message}</p>\n" for name, message in entries)
    name = request.cookies.get("name")  # TODO 4: a visitor can write that, too. Use flask.session.
    return page(main + (f"<p>You are {name}.</p>{LOGOUT}" if name else ""))


@app.get("/hello")
def hello() -> str:
    """A greeting."""
    return page(f"<p>Hello, {request.args.get('name', 'stranger')}!</p>")


@app.get("/sign")
def sign_form() -> str:
    """The form."""
    # TODO 2: put a random token into the session and into each form, and refuse a POST without it.
    # (Flask-WTF's CSRFProtect does it, for a {{ csrf_token() }} in each form.)
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
    # TODO 6: count the failures of each address (request.remote_addr), and answer 429 with Retry-After when
    # there are more than ten in five minutes.
    name = request.form["name"]
    if ACCOUNTS.get(name) != request.form["password"]:
        return page(LOGIN), 403
    answer = redirect("/", 303)
    answer.set_cookie("name", name)  # TODO 4: and here, flask.session
    return answer


@app.post("/logout")
def log_out() -> ResponseReturnValue:
    """Forget the visitor."""
    answer = redirect("/", 303)
    answer.delete_cookie("name")
    return answer


@app.get("/whoami")
def whoami() -> dict[str, str | None]:
    """How the app sees the visitor."""
    # TODO 5: any visitor can write this header field. (And see gunicorn.conf.py.)
    client = request.headers.get("X-Forwarded-For", request.remote_addr)
    return {"scheme": request.scheme, "client": client}


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
