"""The servers that are compared: what they are, and the command that starts each."""

import importlib.util
import select
import sys
from dataclasses import dataclass

from bench.serve import THREADS

_SERVE = (sys.executable, "-m", "bench.serve")


@dataclass(frozen=True)
class Peer:
    """A server: `kind` is "ours", "Python", "native" or "limit"; `package` is what it needs installed."""

    name: str
    kind: str
    command: tuple[str, ...]  # {port} stands for the port
    package: str = ""
    one_at_a_time: bool = False  # keep-alive from one visitor at a time only

    def missing(self) -> str:
        """Say why it cannot be measured here, or nothing."""
        if "one_loop_and_sockets" in self.command and not hasattr(select, "epoll"):
            return "this system has no epoll"
        if not self.package or importlib.util.find_spec(self.package):
            return ""
        return f"{self.package} is not installed here"

    def command_on(self, port: int) -> list[str]:
        """Return the command that serves on a port."""
        return [part.format(port=port) for part in self.command]


def _served(name: str, kind: str, package: str = "", one_at_a_time: bool = False, title: str = "") -> Peer:
    return Peer(title or name, kind, (*_SERVE, name, "{port}"), package, one_at_a_time)


def _gunicorn(worker: str, *more: str) -> Peer:
    options = (
        "--bind",
        "127.0.0.1:{port}",
        "--workers",
        "1",
        "--worker-class",
        worker,
        "--no-control-socket",
    )
    command = (sys.executable, "-m", "gunicorn", *options, *more, "bench.page:app")
    return Peer(f"gunicorn {worker}", "Python", command, "gunicorn")


_STEP03 = ("-m", "step03_wsgi", "bench.page:app", "--quiet", "--port", "{port}", "--threads", str(THREADS))
_GRANIAN = ("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--no-ws")
BASE = _served("waitress", "Python", "waitress")
"""The one that the others are compared with: the fastest known in pure Python."""
PEERS = (
    _served("step02", "ours", one_at_a_time=True),
    Peer("step03", "ours", (sys.executable, *_STEP03)),
    _served("http_server", "Python", title="http.server"),
    _served("wsgiref", "Python"),
    _served("werkzeug", "Python", "werkzeug"),
    _served("cheroot", "Python", "cheroot"),
    _gunicorn("sync"),
    _gunicorn("gthread", "--threads", str(THREADS)),
    BASE,
    Peer("granian (Rust)", "native", (sys.executable, *_GRANIAN, "bench.page:app"), "granian"),
    _served("bjoern", "native", "bjoern", title="bjoern (C)"),
    _served("threads_and_sockets", "limit", title="sockets, a thread each"),
    _served("one_loop_and_sockets", "limit", title="sockets, one loop"),
)
