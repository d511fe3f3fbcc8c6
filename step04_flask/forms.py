"""The forms: which fields, which limits, which words a visitor reads when a limit is broken.

Every form carries a CSRF token: Flask-WTF writes it into the page and into the visitor's session, and a form
whose two copies differ was not made by this site.
"""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

NAME_LENGTH = 40
MESSAGE_LENGTH = 280


def _trimmed(text: str | None) -> str:
    # A browser sends each line break of a text area as two characters (CR LF), but counts it as one.
    return (text or "").replace("\r\n", "\n").strip()


class SignForm(FlaskForm):
    """What a visitor writes into the guest book."""

    name = StringField(
        "Name",
        filters=[_trimmed],
        validators=[
            DataRequired("Please write your name."),
            Length(max=NAME_LENGTH, message=f"A name has at most {NAME_LENGTH} characters."),
        ],
    )
    message = TextAreaField(
        "Message",
        filters=[_trimmed],
        validators=[
            DataRequired("Please write a message."),
            Length(max=MESSAGE_LENGTH, message=f"A message has at most {MESSAGE_LENGTH} characters."),
        ],
    )


class LoginForm(FlaskForm):
    """A name and a password. Whether they match is not the form's business."""

    name = StringField(
        "Name",
        validators=[DataRequired("Please write your name.")],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        "Password",
        validators=[DataRequired("Please write your password.")],
        render_kw={"autocomplete": "current-password"},
    )
