"""The comparison itself: that it measures, says what it lacks, and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import load
from bench.measure import Case, Figure, Results, beside_idle_ones, measure, running
from bench.page import CONTENT
from bench.peers import BASE, PEERS, Peer
from bench.report import CASES, document, terminal_table
from bench.tests.ctrl_c import ended_by_ctrl_c

ROOT = Path(__file__).resolve().parents[2]
STEP03 = next(peer for peer in PEERS if peer.name == "step03")


def test_the_page_has_460_bytes() -> None:
    assert len(CONTENT) == 460


def test_a_quick_run_measures_our_servers_and_leaves_no_process() -> None:
    command = [sys.executable, "-m", "bench", "--quick", "--only", "step02", "step03"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    assert "step02" in done.stdout
    assert "step03" in done.stdout


def test_ctrl_c_ends_a_run_and_its_servers() -> None:
    ended_by_ctrl_c([sys.executable, "-m", "bench", "--only", "step03"], children=1, starts=20, ends=20)


@pytest.mark.parametrize("way", sorted(load.WAYS))
def test_our_own_client_makes_load_too(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda program: None)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with running(STEP03) as server:
        assert server.measure(Case(way, 4), 0.3).rate > 100
        assert load.generator() != "wrk"


DYING = """
import http.server, os, sys

class Dying(http.server.BaseHTTPRequestHandler):
    protocol_version, left = "HTTP/1.1", 20

    def do_GET(self):
        Dying.left -= 1
        if not Dying.left:
            os._exit(1)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Dying).serve_forever()
"""


@pytest.mark.parametrize("way", ["the load of this machine", "our own client"])
def test_a_server_that_ends_meanwhile_has_no_figure(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "our own client":
        monkeypatch.setattr("shutil.which", lambda program: None)
    dying = Peer("dying", "Python", (sys.executable, "-c", DYING, "{port}"))
    with running(dying) as server, pytest.raises(RuntimeError, match="ended"):
        server.measure(Case("keep-alive", 4), 1.0)


def test_a_server_that_ends_beside_idle_connections_is_left_out() -> None:
    dying = Peer(BASE.name, "Python", (sys.executable, "-c", DYING, "{port}"))
    _, results = list(measure([dying], [], rounds=0, seconds=0.2))[-1]
    assert results.idle == {}
    assert list(results.skipped) == [f"{BASE.name} beside idle connections"]


def test_idle_connections_are_held_in_little_memory() -> None:
    megabytes, _, held = beside_idle_ones(STEP03, 0.2)
    assert held == 1000
    assert megabytes < 60


def test_the_report_shows_what_was_measured_and_what_was_left_out() -> None:
    results = Results(
        skipped={"bjoern (C)": "bjoern is not installed here"}, idle={"step03": (30.0, 40_000.0, 1000)}
    )
    for factor, peer in ((1, BASE), (3, STEP03)):
        for case in CASES:
            results.figures[peer.name, case] = [
                Figure(10_000.0 * factor, 5.0),
                Figure(12_000.0 * factor, 6.0),
            ]
    text = document(results, rounds=2, seconds=1.0)
    assert "| **our step 03** | 33,000 |" in text
    assert "3.0 (3.0–3.0)" in text
    assert "bjoern (C) is left out: bjoern is not installed here." in text
    assert str(ROOT) not in text
    assert terminal_table(results).row_count == 2


def test_help_says_what_it_does() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert "--quick" in done.stdout
    assert os.environ.get("HOME", "/root") not in done.stdout
