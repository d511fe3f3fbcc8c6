"""The pages of the guest book: each function is called for one route and gives back what it answers."""

from flask import Blueprint, current_app, redirect, render_template, request, session
from werkzeug.wrappers import Response

from step04_flask.forms import SignForm
from step04_flask.guestbook import Entry, Guestbook

SHOWN = 50

pages = Blueprint("pages", __name__)


def guestbook() -> Guestbook:
    """The guest book that this app was made with."""
    book: Guestbook = current_app.extensions["guestbook"]
    return book


@pages.get("/")
def entries() -> str:
    """The newest entries; to a visitor who is logged in also their name and the number of their visits."""
    # Only a login is counted: an anonymous visitor gets no cookie, so everyone's page may be one and the
    # same.
    if "name" in session:
        session["visits"] = session.get("visits", 0) + 1
    return render_template("entries.html", entries=guestbook().newest(SHOWN))


@pages.get("/hello")
def hello() -> str:
    """A greeting, for watching what becomes of a name on its way here and back."""
    return render_template("hello.html", name=request.args.get("name", "stranger"))


@pages.get("/sign")
def sign_form() -> str:
    """The form, on a page of its own: it carries a token, hence a cookie, and ``/`` is to have none."""
    return render_template("sign.html", form=SignForm())


@pages.post("/guestbook")
def sign() -> Response | tuple[str, int]:
    """Keep an entry, then send the browser back to the list, so that a reload does not sign twice."""
    form = SignForm()
    if not form.validate_on_submit():
        return render_template("sign.html", form=form), 400
    guestbook().sign(Entry(form.name.data, form.message.data))
    return redirect("/", 303)
