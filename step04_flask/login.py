"""Logging in and out: who a visitor is, kept in a cookie that they can read but not change."""

import math

from flask import Blueprint, current_app, redirect, render_template, request, session
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response

from step04_flask.accounts import NOBODY
from step04_flask.forms import LoginForm
from step04_flask.guesses import Guesses
from step04_flask.lifetime import SINCE, now

login = Blueprint("login", __name__)


@login.get("/login")
def login_form() -> str:
    """The form, and the accounts that this course gives away."""
    return _page(LoginForm())


@login.post("/login")
def log_in() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Start a session for whoever knows the password, and has not guessed too often."""
    form = LoginForm()
    if not form.validate_on_submit():
        return _page(form), 400
    name, address = form.name.data, request.remote_addr or ""
    if seconds := guesses().seconds_to_wait(name, address):
        return _page(form, refusal=_too_often(seconds)), 429, {"Retry-After": str(seconds)}
    if not password_matches(name, form.password.data):
        guesses().failed(name, address)
        return _page(form, refusal="Name and password do not match."), 403
    guesses().succeeded(name, address)
    # A session begun before the login may have been planted by someone else; nothing of it is taken over.
    session.clear()
    session["name"], session[SINCE] = name, now()
    return redirect("/", 303)


@login.post("/logout")
def log_out() -> Response:
    """Forget the visitor. A POST, because a link or a picture on another site could ask for a GET."""
    session.clear()
    return redirect("/", 303)


def guesses() -> Guesses:
    """What this app has counted of failed logins."""
    counted: Guesses = current_app.extensions["guesses"]
    return counted


def password_matches(name: str, password: str) -> bool:
    """Whether this is the password of this account.

    An unknown name takes as long as a wrong password: otherwise a clock would tell which names have accounts.
    """
    accounts: dict[str, str] = current_app.config["ACCOUNTS"]
    return check_password_hash(accounts.get(name, NOBODY), password) and name in accounts


def _too_often(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    return f"Too many logins have failed. Please try again in {minutes} minute{'s' if minutes > 1 else ''}."


def _page(form: LoginForm, refusal: str | None = None) -> str:
    return render_template(
        "login.html", form=form, refusal=refusal, shown=current_app.config["SHOWN_PASSWORDS"]
    )
