"""The site under its servers, gunicorn by the very command of processes.ini, watched over the network."""

import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from configparser import RawConfigParser
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Site:
    port: int
    process: subprocess.Popen[bytes]

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def submit(self, page: str, to: str, fields: str, chunked: bool = False) -> str:
        """Send the form of a page, as a browser would; the cookie that the visitor has then."""
        _, headers, body = self.ask(page)
        token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', body)
        assert token is not None
        cookie = headers["Set-Cookie"].split(";")[0]
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            form = f"{fields}&csrf_token={token[1].decode()}".encode()
            if chunked:
                kind["Transfer-Encoding"] = "chunked"
                connection.request("POST", to, iter([form[:5], form[5:]]), kind, encode_chunked=True)
            else:
                connection.request("POST", to, form, kind)
            answer = connection.getresponse()
            answer.read()
        assert answer.status == 303
        return (answer.getheader("Set-Cookie") or cookie).split(";")[0]

    def worker(self) -> int:
        pid: int = json.loads(self.ask("/whoami")[2])["pid"]
        return pid


def gunicorn_command() -> list[str]:
    processes = RawConfigParser(inline_comment_prefixes=(";",))
    processes.read(ROOT / "step04_flask" / "processes.ini")
    line = processes["program:step04-app"]["command"]
    return shlex.split(line.replace("%(ENV_STEP04_PORT)s", "0"))  # Any free port.


def step03_command() -> list[str]:
    return [sys.executable, "-m", "step04_flask", "--port", "0"]


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[Site]:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "RUN": str(folder / "run"),
        "HOME": str(folder / "home"),
        "XDG_RUNTIME_DIR": str(folder / "runtime"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONUNBUFFERED": "1",
    }
    for name in ("home", "runtime", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    log = folder / "log"
    with (
        log.open("w") as file,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=file, stderr=file, start_new_session=True
        ) as process,
    ):
        try:
            yield Site(port_in(log, process), process)
        finally:
            process.terminate()
            process.wait(20)


def port_in(log: Path, process: subprocess.Popen[bytes]) -> int:
    while process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.01)
    raise AssertionError(log.read_text())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The site under gunicorn."""
    with running(gunicorn_command(), tmp_path) as site:
        yield site


@pytest.fixture(params=[gunicorn_command, step03_command])
def any_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """The site under gunicorn, and once more under the server of step 03."""
    with running(request.param(), tmp_path) as site:
        yield site


def test_the_pages_and_files_are_served(any_site: Site) -> None:
    status, headers, body = any_site.ask("/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"Step 04" in body
    status, headers, body = any_site.ask("/static/guestbook.png")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert body == (ROOT / "step02_http" / "static" / "guestbook.png").read_bytes()
    tag = headers["ETag"]
    assert any_site.ask("/static/guestbook.png", **{"If-None-Match": tag})[0] == 304
    assert any_site.ask("/download?bytes=300000")[2] == bytes(300_000)


def test_a_visitor_can_log_in_and_sign(any_site: Site) -> None:
    cookie = any_site.submit("/login", "/login", "name=grace&password=nanosecond")
    any_site.submit("/sign", "/guestbook", "name=Zo%C3%AB&message=%3Cb%3Ehi")
    page = any_site.ask("/", Cookie=cookie)[2].decode()
    assert "Welcome back, grace. Visit 1." in page
    assert '<p class="message">&lt;b&gt;hi</p><p class="name">Zoë</p>' in page


def test_a_form_sent_in_chunks_arrives_whole(any_site: Site) -> None:
    any_site.submit("/sign", "/guestbook", "name=Ada&message=in+pieces", chunked=True)
    assert b"in pieces" in any_site.ask("/")[2]


def test_eight_slow_requests_wait_side_by_side_in_one_process(site: Site) -> None:
    begin = time.monotonic()
    with ThreadPoolExecutor(8) as visitors:
        statuses = list(visitors.map(lambda _: site.ask("/slow?seconds=1")[0], range(8)))
    assert statuses == [200] * 8
    assert time.monotonic() - begin < 4  # One after the other: 8 s.


def test_a_visitor_cannot_pretend_to_come_over_https(site: Site) -> None:
    said = json.loads(site.ask("/whoami", **{"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"})[2])
    assert (said["scheme"], said["client"]) == ("http", "127.0.0.1")


def test_a_body_over_the_limit_is_answered_before_it_has_arrived(site: Site) -> None:
    head = "POST /guestbook HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\nConnection: close\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\n\r\nname=x"
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=5)) as connection:
        connection.connect()
        connection.sock.sendall((head + form).encode())
        assert connection.sock.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_reload_loses_no_request_and_brings_a_new_worker(site: Site) -> None:
    before, stop = site.worker(), threading.Event()
    statuses: list[int] = []

    def visit() -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)) as connection:
            while not stop.is_set():
                connection.request("GET", "/healthz")
                with connection.getresponse() as answer:
                    answer.read()
                    statuses.append(answer.status)

    with ThreadPoolExecutor(6) as visitors:
        visits = [visitors.submit(visit) for _ in range(4)]
        slow = visitors.submit(site.ask, "/slow?seconds=2")
        os.kill(site.process.pid, signal.SIGHUP)
        try:
            while site.worker() == before:
                pass
            assert slow.result()[0] == 200
            seen = len(statuses)
            while len(statuses) < seen + 100 and not any(one.done() for one in visits):
                time.sleep(0.01)
        finally:
            stop.set()
        for ended in visits:
            ended.result()
    assert set(statuses) == {200}


def test_ctrl_c_ends_it_at_once(site: Site) -> None:
    for _ in range(3):
        site.ask("/healthz")
    os.killpg(site.process.pid, signal.SIGINT)  # As a terminal does: the master and its workers all get it.
    assert site.process.wait(15) == 0


def test_ctrl_c_waits_for_no_request(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as visitor:
        visitor.sendall(b"GET /slow?seconds=20 HTTP/1.1\r\nHost: a\r\n\r\n")
        site.ask("/healthz")
        os.killpg(site.process.pid, signal.SIGINT)
        assert site.process.wait(10) == 0


def test_it_writes_its_key_and_nothing_else(tmp_path: Path) -> None:
    with running(gunicorn_command(), tmp_path) as site:
        assert site.ask("/sign")[0] == 200
        files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if not path.is_dir()]
    assert set(files) == {Path("run/step04/secret_key"), Path("log")}


def test_a_login_outlives_a_restart_and_the_guest_book_does_not(tmp_path: Path) -> None:
    with running(gunicorn_command(), tmp_path) as site:
        session = site.submit("/login", "/login", "name=ada&password=analytical")
        site.submit("/sign", "/guestbook", "name=ada&message=a+lasting+word")
        assert b"a lasting word" in site.ask("/")[2]
    with running(gunicorn_command(), tmp_path) as site:
        page = site.ask("/", Cookie=session)[2]
    assert b"Welcome back, ada." in page
    assert b"a lasting word" not in page


def test_a_worker_that_dies_is_replaced(site: Site) -> None:
    dead = site.worker()
    os.kill(dead, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while True:
        try:
            assert site.worker() != dead
            return
        except OSError:
            assert time.monotonic() < deadline
