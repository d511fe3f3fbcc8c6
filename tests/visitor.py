"""A visitor of a running stack: what a browser would send, without the browser."""

import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape

import pytest
import requests

from launcher import Site


@dataclass(frozen=True)
class Stack:
    """The running steps, by number."""

    sites: Mapping[int, Site]

    def url(self, step: int) -> str:
        """The address at which the step's pages are: the encrypted one, where there is one."""
        return self.sites[step].https or self.sites[step].http

    def port(self, step: int) -> int:
        """The port of plain HTTP."""
        return self.sites[step].ports["http"]


class Visitor:
    """One visitor with their own cookies; follows no redirect and believes no proxy of the environment."""

    def __init__(self, stack: Stack, step: int) -> None:
        self.base = stack.url(step)
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(stack.sites[step].root_certificate)

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def ask(self, method: str, path: str, **more: object) -> requests.Response:
        more.setdefault("timeout", 20)
        more.setdefault("allow_redirects", False)
        return self.session.request(method, self.base + path, **more)  # type: ignore[arg-type]

    def send_form(self, page: str, target: str, **fields: str) -> requests.Response:
        """Fill in the form that stands on the page; where it bears a token, send that too."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask("GET", page).text)
        if token:
            fields["csrf_token"] = unescape(token[1])
        # A browser says where the form stood, and over HTTPS Flask-WTF asks for it.
        return self.ask("POST", target, data=fields, headers={"Referer": self.base + page})

    def log_in(self, name: str = "ada", password: str = "analytical") -> requests.Response:
        return self.send_form("/login", "/login", name=name, password=password)


def on_steps(first: int, last: int = 7) -> pytest.MarkDecorator:
    """Run the test once for each of these steps."""
    return pytest.mark.parametrize("step", range(first, last + 1), ids="step0{}".format)


def raw(port: int, sent: bytes, enough: bytes = b"\0", seconds: float = 10) -> bytes:
    """Send exactly these bytes; return what comes back until the server closes, or until it is enough."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(sent)
        received = b""
        try:
            while enough not in received and (chunk := connection.recv(65536)):
                received += chunk
        except ConnectionResetError:
            # A server may refuse before it has read everything; its answer was received before.
            if not received:
                raise
        return received


def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it comes true in time. The anonymous page may be cached for a second."""
    deadline = time.monotonic() + seconds
    while not (true := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return true
