"""The command line: what cannot be is one clear line, and nothing stays behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import requests

from bench.measure import running
from launcher.ports import draw
from load.address import Misused, demand_loopback
from load.ceiling import CANNED
from load.words import duration, whole

ROOT = Path(__file__).resolve().parents[2]


def load(*words: str, run: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run the command with a scratch folder of its own, and no terminal."""
    environment = {**os.environ, "RUN": str(run), "NO_COLOR": "1", "COLUMNS": "100", **more}
    command = [sys.executable, "-m", "load", *words]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def run() -> Iterator[Path]:
    """A scratch folder with a short name: a Unix socket's path has room for a hundred characters."""
    with tempfile.TemporaryDirectory(prefix="load-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ("run", 2, "STEP=05"),
        ("run --step 05", 1, "step05 is not running; start it in another terminal: make step05"),
        ("run --step 8", 2, "there is no step '8'"),
        ("run --step 05 --scenario nothing", 2, "there is no scenario 'nothing'"),
        ("run --url http://192.0.2.1:80", 2, "--i-own-this-server"),
        ("run --url 127.0.0.1:80", 2, "no address of a server"),
        ("run --url http://127.0.0.1:1", 1, "nothing answers at http://127.0.0.1:1"),
        ("run --step 05 --users many", 2, "USERS=many is not a whole number"),
        ("run --step 05 --time soon", 2, "TIME=soon is not a time"),
        ("all --scenario nothing", 2, "there is no scenario 'nothing'"),
        ("all --rounds 0", 2, "ROUNDS=0 is not"),
        ("predict", 2, "STEP=03"),
        ("predict --step 3", 2, "there is no terminal to answer at"),
        ("predict --step 3 --answers abd", 2, "3 letters from abc"),
    ],
)
def test_what_cannot_be_is_one_clear_line(run: Path, words: str, status: int, says: str) -> None:
    done = load(*words.split(), run=run)
    assert done.returncode == status
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:80", "http://localhost", "https://[::1]:443", "http://127.9.9.9"]
)
def test_this_machine_s_own_addresses_need_no_word(url: str) -> None:
    demand_loopback(url, own=False)


@pytest.mark.parametrize("url", ["http://192.0.2.7", "http://0.0.0.0:1", "http://[2001:db8::1]"])
def test_any_other_address_needs_its_owner_s_word(url: str) -> None:
    with pytest.raises(Misused, match="is not this machine's own"):
        demand_loopback(url, own=False)
    demand_loopback(url, own=True)


@pytest.mark.parametrize(("text", "seconds"), [("30", 30.0), ("30s", 30.0), ("1.5m", 90.0), ("1m30s", 90.0)])
def test_times_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "0", "0.5s", "61m", "-3s", "1h", "٣s"])
def test_no_other_times_are_taken(text: str) -> None:
    with pytest.raises(Misused):
        duration(text)


def test_numbers_have_bounds() -> None:
    assert whole("USERS", "", 5, 9) == 5
    for text in ("0", "10", "-1", "x", "1.5", "²"):
        with pytest.raises(Misused):
            whole("USERS", text, 5, 9)


def test_a_run_against_one_s_own_server_is_one_screen_and_some_files(run: Path) -> None:
    with running(CANNED) as server:
        url = f"http://127.0.0.1:{server.port}"
        done = load("run", "--url", url, "--scenario", "page", "--users", "3", "--time", "1s", run=run)
    assert done.returncode == 0, done.stderr
    for words in (
        "your server · page · 3 users",
        "python",
        "p99",
        "limited by",
        "its ceiling is",
        "saved:",
        url,
    ):
        assert words in done.stdout
    assert len(done.stdout.splitlines()) < 30
    kinds = {path.name.partition("own-page")[2] for path in (run / "load").iterdir()}
    assert {".html", ".json", ".csv", "_stats.csv"} <= kinds


def test_no_redirect_leads_to_another_server(run: Path) -> None:
    """Nobody has named that one, even if this machine's own."""
    with socket.create_server(("127.0.0.1", 0)) as other, _redirecting(other.getsockname()[1]) as url:
        done = load("run", "--url", url, "--scenario", "page", "--users", "2", "--time", "1s", run=run)
        other.settimeout(0.1)
        with pytest.raises(TimeoutError):
            other.accept()
    assert "status 302" in done.stdout


@contextmanager
def _redirecting(port: int) -> Iterator[str]:
    """A server that sends everybody to that port."""
    program = (
        "import http.server as h\n"
        "class R(h.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(302)\n"
        f"        self.send_header('Location', 'http://127.0.0.1:{port}/')\n"
        "        self.end_headers()\n"
        "    def log_message(self, *_): pass\n"
        "s = h.ThreadingHTTPServer(('127.0.0.1', 0), R)\n"
        "print(s.server_port, flush=True)\n"
        "s.serve_forever()\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def test_ctrl_c_ends_a_run_with_all_that_it_started(run: Path) -> None:
    with running(CANNED) as server:
        words = ["run", "--url", f"http://127.0.0.1:{server.port}", "--scenario", "page", "--time", "60s"]
        command = [sys.executable, "-m", "load", *words]
        environment = {**os.environ, "RUN": str(run)}
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet) as program:
            children = _locust_below(program.pid)
            program.send_signal(signal.SIGINT)
            assert program.wait(20) == 130
        _, alive = psutil.wait_procs(children, timeout=5)
        assert alive == []


def _locust_below(pid: int) -> list[psutil.Process]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        children = psutil.Process(pid).children(recursive=True)
        if any("locust" in child.cmdline() for child in children):
            return children
        time.sleep(0.05)
    raise AssertionError("locust does not start")


def test_locust_s_page_lists_every_step_and_sends_whom_one_chooses(run: Path) -> None:
    (port,) = draw(1)
    environment = {**os.environ, "RUN": str(run)}
    command = [sys.executable, "-m", "load", "page", "--port", str(port)]
    quiet = subprocess.DEVNULL
    with (
        running(CANNED) as server,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet) as program,
    ):
        try:
            page = f"http://127.0.0.1:{port}"
            shown = _answer_of(page)
            assert [f"step0{number}" for number in range(1, 8) if f"step0{number}" not in shown] == []
            orders = {"user_count": "2", "spawn_rate": "2", "host": f"http://127.0.0.1:{server.port}"}
            orders |= {"scenario": "page", "site": "the host as it is written"}
            assert requests.post(f"{page}/swarm", data=orders, timeout=5).json()["success"]
            deadline = time.monotonic() + 20
            while not (total := requests.get(f"{page}/stats/requests", timeout=5).json())["total_rps"]:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert {row["name"] for row in total["stats"]} == {"/", "Aggregated"}
        finally:
            program.send_signal(signal.SIGINT)
            assert program.wait(20) == 130
    with pytest.raises(requests.ConnectionError):
        requests.get(page, timeout=5)


def _answer_of(url: str) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(requests.ConnectionError):
            return requests.get(url, timeout=5).text
        time.sleep(0.05)
    raise AssertionError(f"nothing answers at {url}")


def test_predictions_are_shown_beside_what_was_measured(run: Path) -> None:
    done = load("predict", "--step", "1", "--answers", "aca", "--time", "1s", run=run)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("predicted") == done.stdout.count("measured") == 3
    assert "predictions held" in done.stdout
    assert "measured   c  all of them   (100 %)" in done.stdout
