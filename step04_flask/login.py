"""Logging in and out: who a visitor is, kept in a cookie that they can read but not change."""

from flask import Blueprint, current_app, redirect, render_template, session
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response

from step04_flask.accounts import NOBODY
from step04_flask.forms import LoginForm

login = Blueprint("login", __name__)


@login.get("/login")
def login_form() -> str:
    """The form, and the accounts that this course gives away."""
    return _page(LoginForm())


@login.post("/login")
def log_in() -> Response | tuple[str, int]:
    """Start a session for whoever knows the password."""
    form = LoginForm()
    if not form.validate_on_submit():
        return _page(form), 400
    if not password_matches(form.name.data, form.password.data):
        return _page(form, refusal="Name and password do not match."), 403
    # A session begun before the login may have been planted by someone else; nothing of it is taken over.
    session.clear()
    session["name"] = form.name.data
    return redirect("/", 303)


@login.post("/logout")
def log_out() -> Response:
    """Forget the visitor. A POST, because a link or a picture on another site could ask for a GET."""
    session.clear()
    return redirect("/", 303)


def password_matches(name: str, password: str) -> bool:
    """Whether this is the password of this account.

    An unknown name takes as long as a wrong password: otherwise a clock would tell which names have accounts.
    """
    accounts: dict[str, str] = current_app.config["ACCOUNTS"]
    return check_password_hash(accounts.get(name, NOBODY), password) and name in accounts


def _page(form: LoginForm, refusal: str | None = None) -> str:
    return render_template(
        "login.html", form=form, refusal=refusal, shown=current_app.config["SHOWN_PASSWORDS"]
    )
