"""Inside locust: a visitor with a browser, who keeps cookies and files, and stays on this site."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from locust import FastHttpUser
from locust.exception import StopTest

from checks.visitor import forms, parts
from load import options
from load.cache import Cache
from load.failures import Failed, kind_of

FORM = "application/x-www-form-urlencoded"
LOGIN = {"name": "ada", "password": "analytical"}


class Browser(FastHttpUser):
    """The base of all who speak HTTP."""

    abstract = True
    insecure = False  # locust's default would accept any certificate
    # A redirect may lead to another server, and nobody has named that one: see `follow`.
    max_redirects = 0

    def __init__(self, environment: Any) -> None:
        given = environment.parsed_options
        if why := options.objection(str(self.host), given.i_own_this_server):
            raise StopTest(why)
        self.patience = self.network_timeout = self.connection_timeout = given.patience
        # The client names a file of its own (cafile): all the world's authorities, parsed anew for each
        # visitor.
        self.ssl_context_factory = lambda cafile=None: options.trusting(given.authority)
        super().__init__(environment)
        self.client.client.redirect_response_codes = frozenset()
        self.cache = Cache()

    def ask(
        self,
        method: str,
        path: str,
        expected: tuple[int, ...] = (200,),
        name: str = "",
        data: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a request and count it under its name; the answer, or None if it is not one that was expected.

        Ask `is None`: an answer without a length is false, and worse.
        """
        body = urlencode(data) if data is not None else None
        with self.client.request(
            method, path, name=name or path, data=body, headers=fields, catch_response=True
        ) as answer:
            kind = kind_of(answer.status_code, expected, getattr(answer, "error", None), self.patience)
            if kind:
                answer.failure(Failed(kind))
            else:
                answer.success()
        return None if kind else answer

    def look(self) -> str:
        """Open the front page as a browser does: with its style sheet and its picture. Its text, or ""."""
        page = self.ask("GET", "/")
        text = str(page.text) if page is not None else ""
        for _, address in parts(text):
            self.fetch(address)
        return text

    def fetch(self, address: str) -> None:
        """A part of a page, unless it is kept and fresh."""
        path, now = self.own(address), time.monotonic()
        if not path or self.cache.is_fresh(path, now):
            return
        answer = self.ask("GET", path, (200, 304), "a file", fields=self.cache.conditions(path))
        if answer is not None:
            self.cache.keep(path, dict(answer.headers.items()), now)

    def fill_in(self, page: str, action: str, **values: str) -> bool:
        """Find the form on the page (its text), send it, and go where the answer leads."""
        form = next((form for form in forms(page) if form.action == action), None)
        if not form:
            self.miss("POST", action, "the page has no such form")
            return False
        here = {"Content-Type": FORM, "Origin": str(self.host), "Referer": f"{self.host}/"}
        answer = self.ask("POST", action, (302, 303), data={**form.fields, **values}, fields=here)
        return answer is not None

    def log_in_and_out(self) -> None:
        """One session, and in it the page that greets by name."""
        page = self.ask("GET", "/login")
        if page is not None and self.fill_in(page.text, "/login", **LOGIN):
            greeting = self.ask("GET", "/", name="/ (logged in)")
            if greeting is not None:
                self.fill_in(greeting.text, "/logout")

    def own(self, address: str) -> str:
        """The path on this site that an address on its pages means; "" if it is another's."""
        whole, here = urlsplit(urljoin(f"{self.host}/", address)), urlsplit(str(self.host))
        same = (whole.scheme, whole.netloc) == (here.scheme, here.netloc)
        return whole.path + (f"?{whole.query}" if whole.query else "") if same else ""

    def miss(self, method: str, name: str, kind: str) -> None:
        """Count what could not even be asked for."""
        self.environment.events.request.fire(
            request_type=method, name=name, response_time=0, response_length=0, exception=Failed(kind)
        )
