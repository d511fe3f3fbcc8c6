"""The whole program: threads, workers, signals, and other people's applications."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from step02_http.tests.wire import Fixture, fixtures

APPS = {
    "flask_hello.py": """
        from flask import Flask, request
        app = Flask(__name__)

        @app.get("/")
        def hello():
            return "Hello from Flask"

        @app.post("/echo")
        def echo():
            return request.get_data()
    """,
    "django_hello.py": """
        from django.conf import settings
        from django.core.wsgi import get_wsgi_application
        from django.http import HttpResponse
        from django.urls import path
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="for the test")
        urlpatterns = [path("", lambda request: HttpResponse("Hello from Django"))]
        app = get_wsgi_application()
    """,
    "crash.py": """
        import os
        def app(environ, start_response):
            os._exit(3)
    """,
    "pid.py": """
        import os
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [str(os.getpid()).encode()]
    """,
    "talk.py": """
        print("imported")
        def app(environ, start_response):
            print("asked")
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"ok"]
    """,
    "big.py": """
        def app(environ, start_response):
            size = 0
            while block := environ["wsgi.input"].read(65536):
                size += len(block)
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [str(size).encode()]
    """,
    "number.py": "app = 42",
    "broken.py": "import a_module_that_is_not_there",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of somebody's own project, away from ours."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in APPS.items():
        (folder / name).write_text(
            "\n".join(line[8:] for line in text.splitlines()) if "\n" in text else text
        )
    return folder


class Server:
    """A running `python -m step03_wsgi`."""

    def __init__(self, program: "subprocess.Popen[str]", log: Path):
        self.program, self.log = program, log
        wait_until(lambda: "http://" in log.read_text() or program.poll() is not None)
        found = re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text())
        assert found, log.read_text()
        self.address = ("127.0.0.1", int(found[1]))

    def get(self, target: str) -> bytes:
        with self.connect(target) as connection:
            return everything(connection)

    def connect(self, target: str) -> socket.socket:
        connection = socket.create_connection(self.address, timeout=10)
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        return connection

    def workers(self) -> set[int]:
        return {child.pid for child in psutil.Process(self.program.pid).children()}


def start_server(folder: Path, log: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "step03_wsgi", "--port", "0", *arguments]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with open(log, "w") as file:
        return subprocess.Popen(command, cwd=folder, stderr=file, text=True, env=environment)


@pytest.fixture
def serve(tmp_path: Path, folder: Path) -> Iterator[Callable[..., Server]]:
    """Start servers, and see to it that they end."""
    programs: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> Server:
        log = tmp_path / f"log{len(programs)}"
        programs.append(start_server(folder, log, *arguments))
        return Server(programs[-1], log)

    yield start
    for program in programs:
        program.terminate()
        try:
            program.wait(30)
        finally:
            program.kill()


def everything(connection: socket.socket) -> bytes:
    answer = b""
    while block := connection.recv(65536):
        answer += block
    return answer


def wait_until(condition: Callable[[], bool], seconds: float = 25) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def stopwatch(at_least: float = 0, below: float = 60) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert at_least <= time.monotonic() - began < below


@pytest.mark.parametrize("framework", ["flask", "django"])
def test_an_untouched_hello_world_runs(serve: Callable[..., Server], framework: str) -> None:
    assert f"Hello from {framework.title()}".encode() in serve(f"{framework}_hello:app").get("/")


def test_a_chunked_post_reaches_flask(serve: Callable[..., Server]) -> None:
    server = serve("flask_hello:app")
    command = ["curl", "-sS", "-m", "5", "-H", "Transfer-Encoding: chunked", "-d", "hello"]
    url = f"http://127.0.0.1:{server.address[1]}/echo"
    assert subprocess.run([*command, url], capture_output=True).stdout == b"hello"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("missing:app", "cannot load missing:app: No module named 'missing'"),
        ("pid:missing", "cannot load pid:missing: module 'pid' has no attribute 'missing'"),
        ("number:app", "cannot load number:app: it cannot be called, so it is not a WSGI application"),
        (":app", "cannot load :app: invalid format: ':app'"),
    ],
)
def test_what_cannot_be_served_is_one_clear_line(folder: Path, name: str, complaint: str) -> None:
    command = [sys.executable, "-m", "step03_wsgi", name]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=25, env=environment)
    assert (result.returncode, result.stderr) == (1, complaint + "\n")


def test_a_module_that_fails_to_import_another_shows_where(folder: Path) -> None:
    command = [sys.executable, "-m", "step03_wsgi", "broken:app"]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=25, env=environment)
    assert result.returncode == 1
    assert "a_module_that_is_not_there" in result.stderr


def test_a_slow_visitor_does_not_hold_up_the_next(serve: Callable[..., Server]) -> None:
    server = serve("--threads", "2")
    with server.connect("/slow?seconds=3") as slow:
        assert b" 200 OK" in server.get("/")
        assert select.select([slow], [], [], 0)[0] == []  # it is still being served
        assert b"That took 3 s." in everything(slow)


def test_a_hundred_idle_connections_lock_nobody_out(serve: Callable[..., Server]) -> None:
    server = serve("--threads", "2")
    idle = [socket.create_connection(server.address, timeout=5) for _ in range(100)]
    try:
        for connection in idle[:50]:  # these have been served once and are kept alive, the others never spoke
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        with stopwatch(below=8):  # an idle connection is dropped after 15 s
            assert b" 200 OK" in server.get("/")
        idle[0].sendall(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"Hello, stranger!" in idle[0].recv(65536)
    finally:
        for connection in idle:
            connection.close()


def test_several_workers_serve(serve: Callable[..., Server]) -> None:
    server = serve("pid:app", "--workers", "2", "--threads", "1")
    wait_until(lambda: len(server.workers()) == 2)
    wait_until(lambda: {int(server.get("/").split()[-1]) for _ in range(20)} == server.workers())


def test_what_the_application_prints_into_a_file_is_there_once(folder: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    environment.pop("PYTHONUNBUFFERED", None)
    command = [sys.executable, "-m", "step03_wsgi", "talk:app", "--port", "0", "--workers", "2"]
    with (
        open(tmp_path / "out", "w") as out,
        open(tmp_path / "log", "w") as log,
        subprocess.Popen(command, cwd=folder, stdout=out, stderr=log, text=True, env=environment) as program,
    ):
        assert b" 200 OK" in Server(program, tmp_path / "log").get("/")
        program.terminate()
    assert (tmp_path / "out").read_text() == "imported\nasked\n"


def test_a_worker_that_was_reaped_unnoticed_is_not_waited_for() -> None:
    code = "from step03_wsgi.workers import reap; reap({99999999: 0.0}, grace=50)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=25)


def test_a_killed_worker_is_replaced(serve: Callable[..., Server]) -> None:
    server = serve("--workers", "2")
    wait_until(lambda: len(server.workers()) == 2)
    before = server.workers()
    os.kill(min(before), signal.SIGKILL)
    wait_until(lambda: len(server.workers() - before) == 1)
    assert b" 200 OK" in server.get("/")
    assert f"worker {min(before)} ended (-9); another takes its place" in server.log.read_text()


def test_workers_that_crash_at_once_are_replaced_without_haste(serve: Callable[..., Server]) -> None:
    server = serve("crash:app")

    def three_have_crashed() -> bool:
        with suppress(OSError):
            server.get("/")
        return server.log.read_text().count("ended (3)") >= 3

    # A worker that lives for less than a second is replaced a second later; the second one alone proves it,
    # for a busy machine may have kept the first waiting for its visitor.
    with stopwatch(at_least=1):
        wait_until(three_have_crashed)


def test_sigterm_lets_the_request_in_flight_finish(serve: Callable[..., Server]) -> None:
    server = serve()
    with server.connect("/slow?seconds=0.7") as slow:
        wait_until(lambda: server.get("/") != b"")
        server.program.terminate()
        assert b"That took 0.7 s." in everything(slow)
    assert server.program.wait(25) == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(server.address)


def test_ctrl_c_ends_all_quietly(serve: Callable[..., Server]) -> None:
    server = serve("--workers", "2")
    wait_until(lambda: len(server.workers()) == 2)
    workers = server.workers()
    for pid in [*workers, server.program.pid]:  # a terminal sends it to the whole group
        os.kill(pid, signal.SIGINT)
    assert server.program.wait(25) == 130
    assert not any(map(psutil.pid_exists, workers))
    assert len(server.log.read_text().splitlines()) == 1


def test_a_frozen_worker_does_not_outlive_the_grace(serve: Callable[..., Server]) -> None:
    server = serve("--workers", "2")
    wait_until(lambda: len(server.workers()) == 2)
    workers = server.workers()
    os.kill(min(workers), signal.SIGSTOP)
    server.program.terminate()
    assert server.program.wait(30) == 0
    assert not any(map(psutil.pid_exists, workers))


def test_workers_end_when_their_parent_is_killed(serve: Callable[..., Server]) -> None:
    server = serve("--workers", "2")
    wait_until(lambda: len(server.workers()) == 2)
    workers = server.workers()
    server.program.kill()
    server.program.wait()
    wait_until(lambda: not any(map(is_running, workers)))


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


BOTH_FORMS = pytest.mark.parametrize(
    "form", [("--threads", "8"), ("--threads", "1", "--workers", "2")], ids=" ".join
)


@BOTH_FORMS
@pytest.mark.parametrize("fixture", fixtures("valid") + fixtures("invalid"), ids=lambda fixture: fixture.name)
def test_threads_and_processes_answer_each_request_on_the_wire_alike(
    forms: dict[str, Server], form: tuple[str, ...], fixture: Fixture
) -> None:
    with socket.create_connection(forms[" ".join(form)].address, timeout=10) as connection:
        connection.sendall(fixture.data)
        connection.shutdown(socket.SHUT_WR)
        answer = everything(connection)
    if (
        fixture.name == "content-length-more-than-the-limit"
    ):  # step 03 takes long bodies, but this one was cut off
        assert answer.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 "))
    elif fixture.status:
        assert answer.startswith(f"HTTP/1.1 {fixture.status} ".encode())
        assert b"\r\nConnection: close\r\n" in answer
    else:
        assert b"HTTP/1.1 200 OK\r\n" in answer


@pytest.fixture(scope="module")
def forms(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Both forms of the server, with an application that reads all of the body."""
    with ExitStack() as stack:
        servers = {}
        for form in (("--threads", "8"), ("--threads", "1", "--workers", "2")):
            log = tmp_path_factory.mktemp("form") / "log"
            program = stack.enter_context(start_server(folder, log, "big:app", "--quiet", *form))
            stack.callback(program.terminate)
            servers[" ".join(form)] = Server(program, log)
        yield servers


MEGABYTE = 1_000_000


def peak(server: Server) -> float:
    """The most memory, in MB, that a worker has ever had."""
    wait_until(lambda: server.workers() != set())
    kilobytes = [
        re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()) for pid in server.workers()
    ]
    return max(float(found[0]) for found in kilobytes) / 1000


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a process's peak of memory from outside"
)
def test_a_gigabyte_goes_in_and_out_in_constant_memory(serve: Callable[..., Server]) -> None:
    server = serve("big:app", "--quiet")
    with socket.create_connection(server.address, timeout=30) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000000000\r\n\r\n"
        )
        before, block = peak(server), bytes(MEGABYTE)
        for _ in range(1000):
            connection.sendall(block)
        assert everything(connection).endswith(b"\r\n\r\n1000000000")
    assert peak(server) - before < 10
    server = serve("--quiet")
    with server.connect("/download?bytes=1000000000") as connection:
        received, buffer = len(connection.recv(65536)), bytearray(MEGABYTE)
        before = peak(server)
        while count := connection.recv_into(buffer):
            received += count
    assert received > 1_000_000_000
    assert peak(server) - before < 10


def test_a_thousand_idle_connections_need_less_than_60_megabytes(serve: Callable[..., Server]) -> None:
    server = serve("--threads", "2", "--quiet")
    with ExitStack() as stack:
        for _ in range(1000):
            connection = stack.enter_context(socket.create_connection(server.address, timeout=10))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        assert b" 200 OK" in server.get("/")
        memory = [psutil.Process(pid).memory_info().rss for pid in server.workers()]
        assert max(memory) / 1_000_000 < 60


def test_a_silent_refused_or_dripping_client_holds_no_thread(serve: Callable[..., Server]) -> None:
    server = serve("--threads", "1", "--quiet")
    with ExitStack() as stack:
        for said in (b"", b"GET / HTTP/1.1\r\nHost:", b"POST / HTTP/1.1\r\nHost: a\r\nExpect", b"\r\n"):
            stack.enter_context(socket.create_connection(server.address, timeout=5)).sendall(said)
        with stopwatch(below=5):
            assert b" 200 OK" in server.get("/")
