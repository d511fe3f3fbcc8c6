"""The list of hostile requests: each through nginx to the app, as the bytes that they are."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from checks.claim import Trouble
from checks.site import Site
from trials.abuse_case import Case, Finding
from trials.arena import Arena

LIST = Path(__file__).with_name("hostile.toml")
TRACE = re.compile(r"Traceback \(most recent|werkzeug\.|File \"/|\.py\", line")
CLOSED = 0  # no answer: the connection was closed, which is an answer too


@dataclass(frozen=True)
class Hostile:
    """One of them."""

    name: str
    why: str  # what it tries, and on whom it worked
    send: bytes
    may: int = 0  # a 5xx that the RFC asks for


def hostile(text: str | None = None) -> list[Hostile]:
    """All of the list; `{host}` stays to be filled in."""
    table = tomllib.loads(text or LIST.read_text(encoding="utf-8"))
    return [Hostile(name, row["why"], _bytes(row), row.get("may", 0)) for name, row in table.items()]


def _bytes(row: dict[str, object]) -> bytes:
    """Letters stand for bytes (latin-1). Instead of the whole request there may be a path, or some lines."""
    repeated = {f"{{{times}*a}}": "a" * times for times in (5000, 9000, 40_000)}
    if "send" in row:
        text = str(row["send"])
    else:
        body, method = str(row.get("body", "")), row.get("method", "GET")
        lines = "".join(f"{line}\r\n" for line in str(row.get("lines", "")).splitlines())
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        text = f"{method} {row.get('path', '/')} HTTP/1.1\r\nHost: {{host}}\r\n{lines}{length}"
        text += f"Connection: close\r\n\r\n{body}"
    for short, long in repeated.items():
        text = text.replace(short, long)
    return text.encode("latin-1")


def all_of_them(arena: Arena, finding: Finding) -> None:
    """Send each; none may end in a 5xx or show how the site is made."""
    statuses: dict[int, int] = {}
    requests = hostile()
    with arena.site() as site:
        for one in requests:
            status, text = answer_to(site, one)
            statuses[status] = statuses.get(status, 0) + 1
            finding.expect(status < 500 or status == one.may, f"{one.name}: {status}")
            finding.expect(not TRACE.search(text), f"{one.name}: the answer shows a stack trace")
    visitor = arena.visit(5)
    step = arena.stage.step
    traced = [name for name in step.pids() if "Traceback" in step.log(name)]
    finding.expect(not traced, f"a stack trace is in the log of {traced}")
    finding.expect(not visitor.failures, f"afterwards a visitor meets {dict(visitor.failures)}")
    told = ", ".join(f"{number} × {status or 'closed'}" for status, number in sorted(statuses.items()))
    finding.says = f"{len(requests)} requests: {told}"


def answer_to(site: Site, one: Hostile) -> tuple[int, str]:
    """The status and all bytes of the answer, as text."""
    wire = site.connect(patience=5.0, noted=False)
    wire.send(one.send.replace(b"{host}", site.address.authority.encode()))
    seen = b""
    try:
        while piece := wire.read(3.0):
            seen += piece
    except Trouble:  # it waits for more, or keeps the connection
        pass
    wire.close()
    found = re.match(rb"HTTP/1\.[01] (\d{3})", seen)
    return int(found[1]) if found else CLOSED, seen.decode("latin-1")


CASES = (
    Case(
        "hostile-requests",
        "Hostile requests",
        "A list of requests that have broken servers, proxies and frameworks "
        "([hostile.toml](../trials/abuses/hostile.toml), each with its reason): smuggling, "
        "traversal, injection, "
        "wrong bytes, limits. None may end in a 5xx or show a stack trace. (Two 5xx are what the RFC "
        "asks for: 501 "
        "for an unknown transfer coding, 505 for an unknown version; both are nginx' own, without the app.)",
        all_of_them,
    ),
)
