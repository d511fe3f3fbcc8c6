"""The whole step as its users run it, and the power to end any of its processes."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import requests
from redis import Redis

from launcher import Site, running
from step07_load_balancing.redis_client import connect
from step07_load_balancing.rolling_restart import answers_ready, speak_to

APPS = ("app1", "app2", "app3")
REDIS = "step07-redis:step07-redis"


@dataclass(frozen=True)
class RealStack:
    """Three apps, Redis and nginx under a supervisor."""

    site: Site

    @property
    def url(self) -> str:
        assert self.site.https
        return self.site.https

    def supervise(self, method: str, *arguments: Any) -> Any:
        """Ask the supervisor to do or to tell something."""
        with speak_to(self.site.run / "control" / "up" / "rpc.sock") as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    def pid(self, app: str) -> int:
        """The process that the supervisor keeps: gunicorn's parent, which leads a group with its worker."""
        return int(self.supervise("getProcessInfo", f"step07-app:{app}")["pid"])

    def signal_app(self, app: str, number: signal.Signals) -> None:
        """To the whole app at once, parent and worker."""
        os.killpg(self.pid(app), number)

    def is_ready(self, app: str) -> bool:
        return answers_ready(self.site.run / "step07" / f"{app}.sock")

    def wait_until_whole(self) -> None:
        """All apps and Redis run, and nginx has all of them in its circle."""
        eventually(lambda: self.supervise("getProcessInfo", REDIS)["statename"] == "RUNNING")
        eventually(lambda: all(self.is_ready(app) for app in APPS))
        with self.visitor() as visitor:
            eventually(lambda: {who(visitor) for _ in range(6)} == set(APPS))

    def kill(self, app: str) -> None:
        """End a whole app at once, and wait until the supervisor has replaced it."""
        before = self.pid(app)
        self.signal_app(app, signal.SIGKILL)
        eventually(lambda: self.pid(app) not in {0, before} and self.is_ready(app))

    def visitor(self) -> "Visitor":
        return Visitor(self.url, self.site.root_certificate)

    @contextmanager
    def redis(self) -> Iterator[Redis]:
        """A look at what is stored."""
        with look_into(self.site.run / "step07" / "redis.sock") as client:
            yield client


class Visitor(requests.Session):
    """A browser's part: cookies, forms, and a certificate that is verified."""

    def __init__(self, url: str, authority: Path) -> None:
        super().__init__()
        self.url, self.verify, self.trust_env = url, str(authority), False

    def ask(self, path: str) -> requests.Response:
        return self.get(self.url + path, timeout=20, allow_redirects=False)

    def post_form(self, path: str, **fields: str) -> requests.Response:
        referer = {"Referer": self.url + "/"}
        return self.post(self.url + path, fields, headers=referer, timeout=20, allow_redirects=False)

    def token(self, page: str = "/sign") -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask(page).text)
        assert found
        return unescape(found[1])

    def log_in(self) -> None:
        answer = self.post_form("/login", name="ada", password="analytical", csrf_token=self.token("/login"))
        assert answer.status_code == 303, f"{answer.status_code}: {answer.text[:400]}"


def who(visitor: Visitor) -> str:
    """Which app answers this time."""
    return visitor.ask("/whoami").headers.get("X-Served-By", "nobody")


def look_into(socket: Path) -> Redis:
    """A connection of a test's own: patient, as an app must not be."""
    client = connect(socket)
    client.connection_pool.connection_kwargs["socket_timeout"] = 30.0
    return client


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for it."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


@contextmanager
def real_stack(run: Path) -> Iterator[RealStack]:
    (run / "step07").mkdir()
    # The load comes from this machine's own address and is not to be taken for a flood.
    (run / "step07" / "exempt.conf").write_text('127.0.0.1 "";\n::1 "";\n')
    with running("step07", run=run) as sites:
        yield RealStack(sites["step07"])
