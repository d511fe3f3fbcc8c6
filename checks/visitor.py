"""A visitor with a browser: keeps cookies, reads forms and sends them; follows no redirect."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from checks.answers import Answer
from checks.claim import Trouble

if TYPE_CHECKING:
    from checks.site import Site


# What `Visitor.log_in` does, in a shell: the cookies are in the file $j afterwards, the last of them in $c.
LOG_IN_BY_HAND = (
    "j=$(mktemp); t=$({curl} -sm 5 -c $j {url}/login | "
    """sed -n 's/.*csrf_token[^>]*value="\\([^"]*\\)".*/\\1/p'); """
    "{curl} -sm 5 -o /dev/null -b $j -c $j -e {url}/login -d name=ada -d password=analytical "
    "-d csrf_token=$t {url}/login; c=$(awk 'NF==7{print $6\"=\"$7}' $j | tail -1)"
)


class NotLoggedIn(Trouble):
    """There is a login, and it leads nowhere."""

    hint = "login"


@dataclass
class Form:
    """A form of a page: where it is sent, and what its fields hold."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []  # the tag and the address

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
        elif tag in ("input", "textarea") and self.forms and values.get("name"):
            self.forms[-1].fields[values["name"]] = values.get("value", "")
        elif tag == "img" or (tag == "link" and "stylesheet" in values.get("rel", "")):
            self.links.append((tag, values.get("src") or values.get("href", "")))


def forms(page: str) -> list[Form]:
    """The forms that stand on the page."""
    parser = _Forms()
    parser.feed(page)
    return parser.forms


def parts(page: str) -> list[tuple[str, str]]:
    """What a browser fetches besides: ("img" or "link", address)."""
    parser = _Forms()
    parser.feed(page)
    return parser.links


class Visitor:
    """One visitor. `source` is the address of this machine from which they come."""

    def __init__(self, site: "Site", source: str | None = None, noted: bool = True):
        self.site, self.source, self.noted = site, source, noted
        self.cookies: dict[str, str] = {}
        self.lines: dict[str, str] = {}  # the Set-Cookie line with which each of them came

    def ask(self, method: str, path: str, *fields: tuple[str, str], body: bytes = b"") -> Answer:
        """Send a request with the cookies, on a connection of its own; keep the cookies of the answer."""
        return self.send((self.request(method, path, *fields, body=body),), method)

    def request(self, method: str, path: str, *fields: tuple[str, str], body: bytes = b"") -> bytes:
        """A request's bytes, with the cookies."""
        if self.cookies:
            fields += (("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())),)
        return self.site.request(method, path, *fields, body=body)

    def send(self, pieces: Sequence[bytes], method: str, pause: float = 0.1) -> Answer:
        """Send a request's bytes, with a pause between the pieces, so that each is a segment of its own."""
        with closing(self.site.connect(source=self.source, noted=self.noted)) as wire:
            for place, piece in enumerate(pieces):
                time.sleep(pause if place else 0)
                wire.send(piece)
            answer = wire.answer(method)
        for line in answer.fields("set-cookie"):
            self._keep(line)
        return answer

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self.ask("GET", path)

    def post(self, path: str, fields: dict[str, str], origin: str | None = None) -> Answer:
        """Send a form that stood on this site, or on another one (`origin`)."""
        return self.ask("POST", path, *self.form_fields(origin), body=urlencode(fields).encode())

    def form_fields(self, origin: str | None = None) -> tuple[tuple[str, str], ...]:
        """The header fields with which a browser sends a form."""
        here = origin or self.site.address.url
        form = ("Content-Type", "application/x-www-form-urlencoded")
        return form, ("Origin", here), ("Referer", here + "/")

    def fill_in(self, page: str, action: str, **values: str) -> Answer | None:
        """Open the page, fill in its form with that action and send it; None if there is no such form."""
        form = self.find_form(page, action)
        return None if form is None else self.post(action, {**form.fields, **values})

    def find_form(self, page: str, action: str) -> Form | None:
        """Open the page; its form with that action; None if there is none."""
        return next((form for form in forms(self.get(page).text) if form.action == action), None)

    def sign(self, message: str, name: str = "check") -> Answer | None:
        """Sign the guest book; None if there is no form for it."""
        return self.fill_in("/sign", "/guestbook", name=name, message=message)

    def log_in(self) -> bool | None:
        """Log in with the target's account; whether it was accepted; None if there is no login here."""
        name, password = self.site.target.login
        answer = self.fill_in("/login", "/login", name=name, password=password)
        return None if answer is None else answer.status in (302, 303)

    def is_logged_in(self) -> bool:
        """Whether the front page offers to log out."""
        return any(form.action == "/logout" for form in forms(self.get("/").text))

    def log_out(self) -> Answer | None:
        """Send the form that logs out; None if the front page has none."""
        return self.fill_in("/", "/logout")

    def copy(self) -> "Visitor":
        """Somebody who stole the cookies."""
        thief = Visitor(self.site, self.source, self.noted)
        thief.cookies = dict(self.cookies)
        return thief

    def with_cookie(self, name: str, value: str | None) -> "Visitor":
        """Somebody with the same cookies but for one: it has that value, or is not there (None)."""
        other = self.copy()
        del other.cookies[name]
        if value is not None:
            other.cookies[name] = value
        return other

    def session_cookies(self) -> list[str]:
        """The cookies by which the site knows who has logged in: without any of them one is a stranger."""
        if not self.is_logged_in():
            raise NotLoggedIn("after the login the front page offers no form to log out")
        names = [name for name in self.cookies if not self.with_cookie(name, None).is_logged_in()]
        if not names:
            raise NotLoggedIn("the login does not depend on any cookie")
        return names

    def _keep(self, line: str) -> None:
        jar = SimpleCookie()
        try:
            jar.load(line)
        except CookieError:
            return
        for name, morsel in jar.items():
            if morsel["max-age"] == "0" or not morsel.value or "1970" in morsel["expires"]:
                self.cookies.pop(name, None)
            else:
                self.cookies[name], self.lines[name] = morsel.value, line
