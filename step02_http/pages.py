"""The HTML of the guest book: values in, text out. What never changes stands in page.html and form.html."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
FORM = Path(__file__).with_name("form.html").read_text(encoding="utf-8")


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
    return PAGE.format(step=step, title=title, main=main, host=socket.gethostname(), pid=os.getpid())


def entry_list(entries: tuple[Entry, ...]) -> str:
    """Return the entries, newest first."""
    if not entries:
        return '<p class="empty">No entries yet. Be the first.</p>'
    item = '<li><p class="message">{}</p><p class="name">{}</p></li>'
    items = (item.format(as_html(entry.message), as_html(entry.name)) for entry in entries)
    return '<ol class="entries">' + "\n".join(items) + "</ol>"


def sign_form(complaint: str = "") -> str:
    """Return the form, below what was wrong with the last attempt."""
    return f'<p class="errors">{complaint}</p>\n{FORM}' if complaint else FORM
