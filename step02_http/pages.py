"""The HTML of the guest book: values in, text out."""

import os
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One line of the guest book."""

    name: str
    message: str


def as_html(text: str) -> str:
    """Make a visitor's text part of the page: as it is, and that is a hole left open on purpose.

    A visitor who signs with <script> runs it in every other visitor's browser. Step 04 shows it and mends it.
    The mending would be one line, here: return html.escape(text)
    """
    return text


def page(step: str, title: str, main: str) -> str:
    """Return a whole page around its main part."""
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Guest book · {step}</title>
<link rel="icon" href="/static/guestbook.png" type="image/png">
<link rel="stylesheet" href="/static/style.css">
</head>
<body>
<header>
<img src="/static/guestbook.png" alt="" width="96" height="96">
<div><p class="step">{step} · {title}</p><h1>Guest book</h1></div>
</header>
<nav aria-label="Site"><a href="/">Entries</a> <a href="/sign">Sign</a></nav>
<main>
{main}
</main>
<footer>Served by <b>{socket.gethostname()}</b>, process <b>{os.getpid()}</b>.</footer>
</body>
</html>
"""


def entry_list(entries: tuple[Entry, ...]) -> str:
    """Return the entries, newest first."""
    if not entries:
        return '<p class="empty">No entries yet. Be the first.</p>'
    items = (
        f'<li><p class="message">{as_html(entry.message)}</p><p class="name">{as_html(entry.name)}</p></li>'
        for entry in entries
    )
    return '<ol class="entries">' + "\n".join(items) + "</ol>"


def sign_form(complaint: str = "") -> str:
    """Return the form, with what was wrong with the last attempt."""
    return (f'<p class="errors">{complaint}</p>\n' if complaint else "") + (
        '<form method="post" action="/guestbook">'
        '<label for="name">Name</label><input id="name" name="name" maxlength="40" required>'
        '<label for="message">Message</label>'
        '<textarea id="message" name="message" maxlength="280" rows="4" required></textarea>'
        "<button>Sign</button></form>"
    )
