"""What nginx, gunicorn, the supervisor and Redis are told, and whether they are told the same."""

import configparser
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from launcher import programs
from step05_nginx.tests import edge as edges
from step06_tls.certbot import edge
from step07_load_balancing import rolling_restart
from step07_load_balancing.prepare import prepare

ROOT = Path(__file__).resolve().parents[2]
STEP = ROOT / "step07_load_balancing"
PORTS = {"http_port": "8007", "tls_port": "8447"}


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A scratch folder that is ready for the processes."""
    with tempfile.TemporaryDirectory(prefix="s7-", dir="/tmp") as folder:
        prepare(ROOT, folder, PORTS)
        yield Path(folder) / "step07"


@pytest.fixture(scope="module")
def apps() -> configparser.SectionProxy:
    """The supervisor's section of the three apps."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    parser.read(STEP / "processes.ini")
    return parser["program:step07-app"]


def gunicorn_settings() -> dict[str, Any]:
    return run_path(str(STEP / "gunicorn.conf.py"))


def test_nginx_accepts_the_configuration_without_a_warning(prepared: Path) -> None:
    nginx = programs.find(programs.NGINX, os.environ)
    assert nginx, programs.install_command(programs.NGINX)
    command = [nginx.path, "-t", "-e", "stderr", "-p", str(prepared), "-c", "nginx.conf"]
    judged = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stderr
    assert "warn" not in judged.stderr


def test_a_proof_for_an_authority_is_shown_and_a_deploy_hook_finds_this_nginx() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="s7-", dir="/tmp") as folder,
        edges.nginx("step07", Path(folder), prepare) as nginx,
    ):
        proofs = Path(folder) / "step06" / "acme" / "webroot" / ".well-known" / "acme-challenge"
        proofs.mkdir(parents=True)
        (proofs / "token").write_text("token.thumbprint", encoding="ascii")
        shown = edges.ask(nginx.port, "/.well-known/acme-challenge/token", {"Host": "app.lab.test"})
        (found,) = edge.running(Path(folder))
    assert (shown.status, shown.body) == (200, b"token.thumbprint")
    assert (found.step, found.pid, found.http, found.https) == (
        "step07",
        nginx.pid,
        nginx.port,
        nginx.tls_port,
    )


def test_to_prepare_twice_changes_nothing(prepared: Path) -> None:
    before = {path: path.read_bytes() for path in prepared.rglob("*") if path.is_file()}
    prepare(ROOT, str(prepared.parent), PORTS)
    assert {path: path.read_bytes() for path in prepared.rglob("*") if path.is_file()} == before


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "step07").write_text("in the way")
    command = [sys.executable, "-m", "step07_load_balancing.prepare"]
    environment = {**os.environ, "RUN": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert re.fullmatch(r"step07 cannot be prepared: .*\n", done.stderr)


def test_nginx_knows_every_app_that_the_supervisor_starts(
    prepared: Path, apps: configparser.SectionProxy
) -> None:
    first, number = int(apps["numprocs_start"]), int(apps["numprocs"])
    upstream = re.findall(
        r"^ *server \"unix:.*/step07/(app\d)\.sock\"", (prepared / "nginx.conf").read_text(), re.M
    )
    assert upstream == [apps["process_name"] % {"process_num": first + place} for place in range(number)]
    assert len(upstream) == 3


def test_who_stops_an_app_waits_for_its_longest_answer(apps: configparser.SectionProxy) -> None:
    graceful = gunicorn_settings()["graceful_timeout"]
    assert 30 < graceful < int(apps["stopwaitsecs"]) < rolling_restart.STOP_SECONDS


def test_a_rolling_restart_waits_until_nginx_trusts_an_app_again(prepared: Path) -> None:
    told = (prepared / "nginx.conf").read_text()
    configured = set(re.findall(r"^ *server .* fail_timeout=(\d+)s", told, re.M))
    assert configured == {f"{rolling_restart.TRUST_SECONDS:g}"}


def test_in_containers_an_app_that_is_gone_is_forgotten_before_it_would_be_tried_again() -> None:
    told = (STEP / "nginx" / "nginx.conf.template").read_text(encoding="utf-8")
    looked_up = re.findall(r"if_container\}resolver 127.0.0.11 valid=(\d+)s", told)
    distrusted = re.findall(r"if_container\}server .* fail_timeout=(\d+)s", told)
    assert [int(looked_up[0]) < int(distrusted[0]), len(looked_up), len(distrusted)] == [True, 1, 1]


def test_an_app_keeps_connections_for_longer_than_nginx_uses_them(prepared: Path) -> None:
    upstream = (prepared / "nginx.conf").read_text().split("upstream app")[1]
    used = re.search(r"keepalive_timeout (\d+)s", upstream)
    assert used
    assert int(used[1]) < gunicorn_settings()["keepalive"]


def test_only_processes_without_state_of_their_own_are_restarted_by_themselves() -> None:
    """Up to step 06 a dead process stays dead: a restart would hide that its memory is lost."""
    for step in sorted(ROOT.glob("step0[1-7]_*")):
        parser = configparser.RawConfigParser(inline_comment_prefixes=(";",))
        parser.read(step / "processes.ini")
        restarts = {parser[section]["autorestart"] for section in parser.sections()}
        assert restarts == ({"true"} if step == STEP else {"false"}), step.name
