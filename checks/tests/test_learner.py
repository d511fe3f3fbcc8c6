"""`make check`, as a learner meets it."""

import argparse
import io
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from checks.claim import Evidence, Verdict, broken, kept
from checks.command import Misused
from checks.expectations import Expectations
from checks.learner import asked
from checks.learner.board import Board
from checks.learner.learner import add_arguments, attempt
from checks.learner.progress import load
from checks.site import Site
from checks.tests.learners import check_of

SERVER = f"{sys.executable} -m http.server --bind 127.0.0.1 {{port}}"


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def wish(folder: Path, *words: str) -> asked.Asked:
    return asked.read(parsed("--step=02", *words), {"RUN": str(folder)})


def page(site: Site) -> Evidence:
    return kept("200") if site.get("/").status == 200 else broken("no page", "mend")


def file(site: Site) -> Evidence:
    return kept("200") if site.get("/page.txt").status == 200 else broken("no file", "mend")


CHECKS = [check_of("page", page), check_of("file", file), check_of("kill", power="kill")]


class _Silent(BaseHTTPRequestHandler):
    files = False

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" or self.files else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def serving(files: bool) -> Iterator[str]:
    handler = type("Handler", (_Silent,), {"files": files})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def run(folder: Path, *words: str, left_out: tuple[str, ...] = ()) -> tuple[int, str]:
    out = io.StringIO()
    board = Board(Console(file=out, width=100, highlight=False))
    return attempt(wish(folder, *words), CHECKS, left_out, board), out.getvalue()


def test_a_run_shows_each_miss_in_full_and_the_score(tmp_path: Path) -> None:
    with serving(files=False) as url:
        status, text = run(tmp_path, f"--url={url}")
    assert status == 1
    assert f"Step 02 · {url} · 3 checks" in text
    assert "✓ kept    page" in text
    assert text.count("✗ broken  file") == 2
    assert f"  by hand $ curl {url}/" in text
    assert "give CMD= instead of URL=" in text
    assert text.splitlines()[-1] == "1 of 2 kept · 1 skipped"


def test_with_nothing_missed_the_exit_status_is_0(tmp_path: Path) -> None:
    with serving(files=True) as url:
        status, text = run(tmp_path, f"--url={url}", left_out=("early",))
    assert status == 0
    assert "2 of 2 kept" in text
    assert text.endswith("does not keep it either: early\n")


def test_the_next_run_says_what_has_changed(tmp_path: Path) -> None:
    with serving(files=False) as url:
        run(tmp_path, f"--url={url}")
    with serving(files=True) as url:
        _, better = run(tmp_path, f"--url={url}")
    with serving(files=False) as url:
        _, worse = run(tmp_path, f"--url={url}")
    assert better.endswith("2 of 2 kept · 1 skipped · last time 1 of 2\nnewly kept: file\n")
    assert worse.endswith("1 of 2 kept · 1 skipped · last time 2 of 2\nlost again: file\n")


def test_a_command_is_checked_with_its_powers_and_its_output_kept(tmp_path: Path) -> None:
    status, text = run(tmp_path, f"--cmd={SERVER}")
    assert status == 1
    assert "1 of 3 kept" not in text  # the power to kill is there: its check is asked
    assert text.splitlines()[-1] == "2 of 3 kept"
    assert f"{tmp_path}/checks/step02-server.log" in text
    assert "before you try them by hand, start your server again:\n  " in text
    assert "GET / HTTP/1.1" in (tmp_path / "checks" / "step02-server.log").read_text("utf-8")


def test_a_command_that_does_not_start_says_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    junit = tmp_path / "checks.xml"
    status, text = run(tmp_path, "--cmd=sh -c 'echo no such module; exit 1'", f"--junit={junit}")
    assert (status, text) == (1, "")
    assert capsys.readouterr().err == (
        "the command ended at once, with exit status 1: sh\nwhat it wrote last:\n  no such module\n"
    )
    assert "<error" in junit.read_text("utf-8")


def test_the_result_is_written_for_an_autograder_too(tmp_path: Path) -> None:
    with serving(files=True) as url:
        run(tmp_path, f"--url={url}", f"--junit={tmp_path / 'checks.xml'}")
    assert 'tests="3"' in (tmp_path / "checks.xml").read_text("utf-8")


def test_a_result_that_cannot_be_kept_is_no_reason_to_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "checks").touch()
    with serving(files=True) as url:
        status, _ = run(tmp_path, f"--url={url}")
    assert status == 0
    assert "the result cannot be kept" in capsys.readouterr().err


# ---- what may be asked for


@pytest.mark.parametrize(("text", "step"), [("02", 2), ("2", 2), ("step07", 7), ("Step03", 3)])
def test_a_step_is_named_as_people_name_it(text: str, step: int) -> None:
    assert asked.step_number(text) == step


@pytest.mark.parametrize("text", ["", "0", "8", "2.5", "two", "-1", "22", "step", "²"])
def test_an_unknown_step_is_refused(text: str) -> None:
    with pytest.raises(Misused, match="the steps are 01 to 07"):
        asked.step_number(text)


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        ([], "one of them"),
        (["--url=http://localhost:1", "--cmd=a {port}"], "not both"),
        (["--cmd=a {port}", "--http-url=http://localhost:1"], "{tls_port}"),
        (["--cmd=a {port}", "--authority=/etc/hosts"], "{tls_port}"),
        (["--cmd='"], "cannot be read"),
        (["--cmd=a {port} {tls_port}", "--authority=/etc/hosts"], "holds no certificate"),
        (["--url=http://localhost:1", "--junit=/"], "is a folder"),
        (["--url=http://localhost:1", "--junit=/no/such/folder/a.xml"], "there is no folder /no/such/folder"),
    ],
)
def test_a_request_that_cannot_be_is_refused(tmp_path: Path, words: list[str], mend: str) -> None:
    with pytest.raises(Misused, match=re.escape(mend)) as refusal:
        wish(tmp_path, *words)
    assert "\n" not in str(refusal.value)


def test_what_the_step_of_the_course_loses_for_a_reason_is_not_asked() -> None:
    always, lost = check_of("always"), check_of("lost")
    rows = {"always": (Verdict.KEPT,) * 7, "lost": (Verdict.KEPT,) * 4 + (Verdict.BROKEN,) * 3}
    expected = Expectations(rows, {})
    assert asked.chosen([always, lost], 4, expected) == ([always, lost], [])
    assert asked.chosen([always, lost], 5, expected) == ([always], ["lost"])


# ---- the command line


def started(folder: Path, *words: str, cwd: Path | None = None) -> "subprocess.Popen[str]":
    path = os.pathsep.join([str(Path.cwd()), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "RUN": str(folder), "PYTHONUNBUFFERED": "1", "PYTHONPATH": path}
    return subprocess.Popen(
        [sys.executable, "-m", "checks", "check", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=cwd,
    )


def command_line(folder: Path, *words: str) -> tuple[int, str, str]:
    process = started(folder, *words)
    out, err = process.communicate(timeout=50)
    return process.returncode, out, err


def test_make_hands_every_setting_over_as_it_was_typed() -> None:
    typed = """it's "so" $PORT $(id) `id` {port} \\ # ;"""
    command = [
        "make",
        "--no-print-directory",
        "-n",
        "-o",
        ".venv/course-is-installed",
        "check",
        "STEP=02",
        f"CMD={typed}",
    ]
    recipe = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    words = shlex.split(recipe.replace("\\\n", " "))
    assert words[1:4] == ["-m", "checks", "check"]
    assert f"--cmd={typed}" in words
    assert {"--step=02", "--url=", "--junit=", "--watch="} <= set(words)


def test_without_anything_the_usage_is_two_lines(tmp_path: Path) -> None:
    status, _, err = command_line(tmp_path, "--step=", "--url=", "--cmd=", "--watch=")
    assert status == 2
    assert [line.split()[0] for line in err.splitlines()] == ["make", "make"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--step=9", "--cmd=true"], 2, "the steps are 01 to 07"),
        (["--step=02"], 2, "give URL= or CMD="),
        (["--step=02", "--url=localhost"], 2, "lacks its beginning"),
        (["--step=02", "--cmd=true"], 1, "the command ended at once"),
        (["--step=02", "--cmd=true", "--watch=/no/such/folder"], 2, "there is no such file or folder"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, words: list[str], status: int, says: str) -> None:
    got, out, err = command_line(tmp_path, *words)
    assert (got, out) == (status, "")
    assert says in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name
)
def test_whoever_interrupts_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    """The server never answers, so the run is in the middle of its first check."""
    silent = tmp_path / "silent.py"
    silent.write_text(
        "import os, socket\n"
        "listener = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))\n"
        "one = listener.accept()\n"
        "print(os.getpid())\n"
        "one[0].recv(1000), one[0].recv(1000)\n",
        "utf-8",
    )
    process = started(tmp_path, "--step=02", f"--cmd={shlex.join([sys.executable, str(silent)])}")
    log = tmp_path / "checks" / "step02-server.log"
    while not (log.exists() and log.read_text("utf-8").strip()):
        assert process.poll() is None
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert [
        one for one in psutil.process_iter(["cmdline"]) if str(silent) in (one.info["cmdline"] or [])
    ] == []


def test_watching_runs_again_after_a_change(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    process = started(tmp_path / "run", "--step=02", "--cmd=sh -c 'exit 3'", "--watch=sources", cwd=tmp_path)
    seen_twice = threading.Event()
    writer = threading.Thread(target=_write_until, args=(seen_twice, sources / "server.py"))
    writer.start()
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting for a change in sources (Ctrl-C ends)\n"
        assert process.stdout.readline() == "waiting for a change in sources (Ctrl-C ends)\n"
    finally:
        seen_twice.set()
        writer.join()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.count("exit status 3") >= 2


def _write_until(over: threading.Event, file: Path) -> None:
    """What is written while it does not look yet is overlooked, so once would not do."""
    while not over.wait(0.2):
        file.touch()


def test_a_memory_is_left_for_the_next_run(tmp_path: Path) -> None:
    with serving(files=True) as url:
        status, out, _ = command_line(tmp_path, "--step=02", f"--url={url}")
    memory = load(tmp_path / "checks" / "step02.json")
    assert memory is not None
    assert memory.target == url
    assert memory.kept
    assert status in (0, 1)
    assert "\x1b" not in out
