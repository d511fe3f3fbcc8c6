"""An entry in the guest book, its form's body sent in whatever pieces a check wants."""

from collections.abc import Callable
from urllib.parse import urlencode

from checks.answers import Answer
from checks.site import Site

NAME = "Zoë"


def sign(
    site: Site, message: str, cut: Callable[[bytes], list[bytes]], *fields: tuple[str, str]
) -> Answer | None:
    """Sign by a name that is not ASCII; None: there is no form for it.

    `cut` makes the body's pieces, the first of which leaves together with the head.
    """
    visitor = site.visitor()
    form = visitor.find_form("/sign", "/guestbook")
    if form is None:
        return None
    body = urlencode({**form.fields, "name": NAME, "message": message}).encode()
    length = () if fields else (("Content-Length", str(len(body))),)
    head = visitor.request("POST", form.action, *visitor.form_fields(), *fields, *length)
    first, *others = cut(body)
    return visitor.send((head + first, *others), "POST")


def show(site: Site, mark: str) -> str:
    """The part of the page around the entry with that mark; "" if it is not there."""
    page = site.visitor().get(f"/?{mark}").text  # the mark: a cached page may be a second old
    at = page.find(mark)
    return page[max(0, at - 60) : at + 80] if at >= 0 else ""
