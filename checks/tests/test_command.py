"""Somebody's own server as a target: started, waited for, ended with all its children."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from checks.command import CannotStart, CommandPowers, Misused, command_target, is_listening
from checks.site import Site
from launcher.sites import free_ports

SERVER = f"{sys.executable} -m http.server --bind 127.0.0.1 {{port}}"

# Counts its visitors in a file, and says nothing to any of them.
COUNTING = """
import os, socket, sys
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    connection, _ = listener.accept()
    print("a visitor")
    connection.close()
"""

# A parent that waits for the child which serves.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", sys.argv[1]])
print(child.pid)
child.wait()
"""

# Takes no SIGTERM for an answer.
STUBBORN = """
import signal, socket, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(60)
"""


@pytest.fixture
def program(tmp_path: Path) -> "Program":
    return Program(tmp_path)


class Program:
    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self, text: str) -> str:
        file = self.folder / "a server.py"
        file.write_text(text, "utf-8")
        return shlex.join([sys.executable, str(file)])


def test_a_command_is_started_on_a_free_port_and_stopped(tmp_path: Path) -> None:
    with command_target(SERVER, tmp_path / "log") as target:
        with Site(target, 5) as site:
            assert site.get("/no/such/page").status == 404
        assert target.powers is not None
        (process,) = target.powers.processes()
        assert (process.name, process.role) == ("server", "app")
    assert not psutil.pid_exists(process.pid)
    assert "404" in (tmp_path / "log").read_text("utf-8")


def test_the_port_may_be_taken_from_the_environment_and_nobody_visits_before_the_checks(
    program: Program, tmp_path: Path
) -> None:
    with command_target(program(COUNTING), tmp_path / "log"):
        pass
    assert "a visitor" not in (tmp_path / "log").read_text("utf-8")


def test_a_second_port_is_for_tls() -> None:
    twice = f"{sys.executable} -c \"import socket,time; a=[socket.create_server(('127.0.0.1',p)) for p in "
    with command_target(twice + '({port},{tls_port})]; time.sleep(60)"') as target:
        assert target.https is not None
        assert target.http is not None
        assert (target.main, target.https.tls) == (target.https, True)
        assert target.http.port != target.https.port


@pytest.mark.parametrize("end", ["leave", "kill", "stop"])
def test_children_end_with_the_command(program: Program, tmp_path: Path, end: str) -> None:
    with command_target(program(PARENT) + " {port}", tmp_path / "log") as target:
        child = psutil.Process(int((tmp_path / "log").read_text("utf-8").split()[0]))
        assert isinstance(target.powers, CommandPowers)
        if end != "leave":
            getattr(target.powers, end)("server")
            assert target.powers.processes() == []
            assert not _lives(child)
    assert not _lives(child)


def test_who_ignores_sigterm_is_killed(program: Program) -> None:
    with command_target(program(STUBBORN) + " {port}") as target:
        assert isinstance(target.powers, CommandPowers)
        target.powers.stop("server", patience=0.1)
        assert target.powers.processes() == []


def test_it_starts_again_on_the_same_port() -> None:
    with command_target(SERVER) as target:
        assert isinstance(target.powers, CommandPowers)
        (first,) = target.powers.processes()
        target.powers.kill("server")
        target.powers.start()
        (second,) = target.powers.processes()
        assert first.pid != second.pid
        assert is_listening(target.main.port, second.pid)


def test_after_its_end_nothing_starts_it_again() -> None:
    with command_target(SERVER) as target:
        pass
    assert isinstance(target.powers, CommandPowers)
    target.powers.start()  # as a check might that was interrupted
    assert target.powers.processes() == []


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


# ---- what may be wrong with a command


@pytest.mark.parametrize("command", ["", "   ", "'unclosed"])
def test_a_command_that_cannot_be_read_is_refused(command: str) -> None:
    with pytest.raises(Misused, match="CMD="):
        CommandPowers(command, 9000)


def test_a_program_that_is_not_there() -> None:
    with (
        pytest.raises(CannotStart, match="cannot start no-such-program: No such file"),
        command_target("no-such-program {port}"),
    ):
        pass


def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    with (
        pytest.raises(CannotStart, match="cannot start .*: Permission denied"),
        command_target(shlex.quote(str(tmp_path))),
    ):
        pass


def test_a_command_that_exits_at_once() -> None:
    with (
        pytest.raises(CannotStart, match="the command ended at once, with exit status 3"),
        command_target("sh -c 'exit 3'"),
    ):
        pass


def test_a_command_that_never_listens() -> None:
    powers = CommandPowers("sleep 60", 9)
    with pytest.raises(CannotStart, match=r"nothing listens on 127.0.0.1 port 9; write \{port\}"):
        powers.start(patience=0.1)
    assert powers.processes() == []


def test_a_command_that_listens_where_nobody_asks(program: Program) -> None:
    elsewhere = program(COUNTING.replace("127.0.0.1", "127.0.0.2"))
    if sys.platform != "linux":
        pytest.skip("only Linux answers for 127.0.0.2")
    powers = CommandPowers(elsewhere, int(free_ports(("step01",))["STEP01_PORT"]))
    with pytest.raises(CannotStart, match="nothing listens on 127.0.0.1"):
        powers.start(patience=0.5)


def test_ctrl_c_while_the_server_is_being_started_finds_it_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    launch = CommandPowers._launch

    def launch_interrupted(powers: CommandPowers) -> "subprocess.Popen[bytes]":
        process = launch(powers)
        os.kill(os.getpid(), signal.SIGINT)
        return process

    monkeypatch.setattr(CommandPowers, "_launch", launch_interrupted)
    powers = CommandPowers("sleep 60", int(free_ports(("step01",))["STEP01_PORT"]))
    with pytest.raises(KeyboardInterrupt):
        powers.start()
    (process,) = powers.processes()
    powers.end()
    assert not psutil.pid_exists(process.pid)
