"""The load: wrk where it is installed, else a plain client of our own. Both wait for each answer.

Our own client needs far more of a processor than wrk, so a fast server may have to wait for it. Figures per
second of the server's processor stand that; requests per second do not, and are not shown. Neither verifies a
certificate: what is measured is this machine's own server.
"""

import json
import re
import selectors
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

BROWSER_FIELDS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-GB,en;q=0.9,de;q=0.8",
    "Cache-Control": "max-age=0",
    "Connection": "keep-alive",
    "Cookie": "theme=dark; session=eyJ2aXNpdHMiOjN9.aSZ1Gg.kq0Yx3bN2ZrT",
    "Referer": "http://127.0.0.1/sign",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-User": "?1",
    "Upgrade-Insecure-Requests": "1",
}  # and Host: fourteen
WAYS: dict[str, dict[str, str]] = {
    "keep-alive": {},
    "close": {"Connection": "close"},
    "browser": BROWSER_FIELDS,
}


@dataclass(frozen=True)
class Sent:
    """What a run of the load has seen.

    `answers` are good ones, `p99` the ms within which 99 of 100 came; `failed` are errors (400 and above).
    """

    answers: int
    p99: float
    failed: int = 0


def generator() -> str:
    """Say what makes the load here."""
    return "wrk" if shutil.which("wrk") else "the client in bench/load.py"


def send(url: str, fields: Mapping[str, str], connections: int, seconds: float, pin: Sequence[str]) -> Sent:
    """Ask for a page over and over, in a process of its own behind the words of `pin`."""
    if shutil.which("wrk"):
        return _wrk(url, fields, connections, seconds, pin)
    words = [url, json.dumps(dict(fields)), str(connections), str(seconds)]
    command = [*pin, sys.executable, "-m", "bench.load", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        raise RuntimeError(f"the load ended without a result: {last}")
    return Sent(**json.loads(done.stdout))


def _wrk(url: str, fields: Mapping[str, str], connections: int, seconds: float, pin: Sequence[str]) -> Sent:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "measure.lua")
        script.write_text(
            "".join(
                f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}\n" for name, value in fields.items()
            )
            + "function done(summary, latency) io.write(string.format("
            '"%d %d %d\\n", summary.requests, latency:percentile(99), summary.errors.status)) end\n'
        )
        command = [*pin, "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script)]
        done = subprocess.run([*command, url], capture_output=True, text=True)
    found = re.search(r"^(\d+) (\d+) (\d+)$", done.stdout, re.MULTILINE)
    if not found:
        raise RuntimeError(f"wrk ended without a result: {done.stderr.strip() or done.stdout.strip()}")
    return Sent(int(found[1]) - int(found[3]), int(found[2]) / 1000, int(found[3]))


class Client:
    """One visitor of our own client: asks, reads the whole answer, asks again."""

    def __init__(self, url: str, fields: Mapping[str, str]):
        self.url, self.keep = urlsplit(url), fields.get("Connection") != "close"
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        path = self.url.path + (f"?{self.url.query}" if self.url.query else "")
        self.request = f"GET {path} HTTP/1.1\r\nHost: {self.url.netloc}\r\n{lines}\r\n".encode()
        self.connect()

    def connect(self) -> None:
        """Begin a connection and ask."""
        self.socket = socket.create_connection((self.url.hostname or "", self.url.port or 80), timeout=10)
        if self.url.scheme == "https":
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket, server_hostname=self.url.hostname)
        self.ask()

    def ask(self) -> None:
        """Send the request."""
        self.answer, self.began = b"", time.perf_counter()
        self.socket.sendall(self.request)

    def hear(self) -> float | None:
        """Take what has arrived; return the seconds that a whole answer took."""
        data = self.socket.recv(65536)
        while isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
            data += self.socket.recv(65536)  # decrypted already: no selector would tell of it
        self.answer += data
        head, empty, content = self.answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
        if empty and length and len(content) >= int(length[1]):
            return time.perf_counter() - self.began
        if not data:
            raise ConnectionError(f"an answer was cut off: {self.answer[:80]!r}")
        return None

    def has_failed(self) -> bool:
        """Whether the answer is an error."""
        return self.answer[9:12] >= b"400"


def run(url: str, fields: Mapping[str, str], connections: int, seconds: float) -> Sent:
    """Be our own client."""
    clients = [Client(url, fields) for _ in range(connections)]
    selector, times, until = selectors.DefaultSelector(), [], time.perf_counter() + seconds
    failed = 0
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
    while time.perf_counter() < until:
        for key, _ in selector.select(0.1):
            client = key.data
            if (took := client.hear()) is None:
                continue
            times.append(took)
            failed += client.has_failed()
            if client.keep and b"\r\nConnection: close" not in client.answer:
                client.ask()
            else:
                selector.unregister(client.socket)
                client.socket.close()
                client.connect()
                selector.register(client.socket, selectors.EVENT_READ, client)
    for client in clients:
        client.socket.close()
    selector.close()
    times.sort()
    return Sent(len(times) - failed, 1000 * times[len(times) * 99 // 100] if times else 0.0, failed)


if __name__ == "__main__":
    print(json.dumps(asdict(run(sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))))
