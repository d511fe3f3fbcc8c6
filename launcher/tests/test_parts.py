"""The parts that need no process."""

import os
from pathlib import Path

import pytest

from launcher import configuration, events, steps, tail
from launcher.control import Control
from launcher.settings import Settings
from launcher.terminal import Screen

SEVEN = """\
[program:step07-app]
command = gunicorn --bind unix:%(ENV_RUN)s/step07/app%(process_num)d.sock x:app ; a remark
process_name = app%(process_num)d
numprocs = 3
numprocs_start = 1
autorestart = true

[program:step07-nginx]
command = nginx -c %(ENV_RUN)s/step07/nginx.conf
autorestart = false
"""


@pytest.fixture
def step(tmp_path: Path) -> steps.Step:
    folder = tmp_path / "step07_load_balancing"
    folder.mkdir()
    (folder / "processes.ini").write_text(SEVEN, "utf-8")
    return steps.all_steps(tmp_path)["step07"]


def test_every_process_of_a_program_has_a_name_for_people(step: steps.Step) -> None:
    names = [process.name for process in step.processes]
    assert names == ["step07-app1", "step07-app2", "step07-app3", "step07-nginx"]
    assert [process.restarts for process in step.processes] == [True, True, True, False]
    assert step.needs == {"gunicorn", "nginx"}
    assert [process.sockets for process in step.processes] == [
        ("%(ENV_RUN)s/step07/app1.sock",),
        ("%(ENV_RUN)s/step07/app2.sock",),
        ("%(ENV_RUN)s/step07/app3.sock",),
        (),
    ]


@pytest.mark.parametrize("name", ["step07", "7", "07", "step07_load_balancing", "step07_load_balancing/"])
def test_a_step_may_be_named_shortly(step: steps.Step, tmp_path: Path, name: str) -> None:
    assert [one.name for one in steps.choose(tmp_path, [name])] == ["step07"]


def test_supervisords_own_expansions_pass_through(step: steps.Step, tmp_path: Path) -> None:
    control = Control(tmp_path, "run", "step07")
    control.folder.mkdir(parents=True)
    written = configuration.write(control, [step]).read_text("utf-8")
    assert "command = gunicorn --bind unix:%(ENV_RUN)s/step07/app%(process_num)d.sock x:app\n" in written
    assert "stdout_logfile = %(ENV_RUN)s/logs/step07-app%(process_num)d.log\n" in written
    assert "stdout_logfile = %(ENV_RUN)s/logs/step07-nginx.log\n" in written


def test_a_process_gets_the_persons_environment_without_what_would_change_a_lesson(step: steps.Step) -> None:
    environ = {"HOME": "/home/x", "PATH": "/bin", "GUNICORN_CMD_ARGS": "-w 9", "FORWARDED_ALLOW_IPS": "*"}
    settings = Settings.read(environ, Path("/project"))
    made = settings.for_processes([step])
    assert made["HOME"] == "/home/x"
    assert made["PATH"].startswith("/project/run/bin" + os.pathsep)
    assert made["PATH"].endswith(os.pathsep + "/bin")
    assert (made["RUN"], made["STEP07_PORT"], made["STEP07_TLS_PORT"]) == ("run", "8007", "8447")
    assert not {"GUNICORN_CMD_ARGS", "FORWARDED_ALLOW_IPS"} & set(made)


def test_a_log_is_followed_through_its_rotation(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    follower = tail.Tail(path)
    assert follower.lines() == []
    with path.open("ab", buffering=0) as file:
        file.write(b"one\ntw")
        assert follower.lines() == ["one"]
        file.write(b"o\n")
        path.rename(tmp_path / "x.log.1")
        file.write(b"three\n")
    path.write_bytes("vier \N{SNOWMAN}\n".encode())
    assert follower.lines() == ["two", "three", "vier \N{SNOWMAN}"]
    with path.open("ab") as file:
        file.write(b"no end")
    assert follower.lines() == []
    assert follower.last_words() == ["no end"]
    follower.close()


def test_a_line_without_an_end_is_shown_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"x" * 9000)
    follower = tail.Tail(path)
    assert [len(line) for line in follower.lines()] == [9000]
    follower.close()


def test_only_printable_characters_reach_the_terminal() -> None:
    assert tail.harmless("Zoë\t✓\x1b[31m\x9b\u202e\r".encode()) == "Zoë\t✓\\x1b[31m\\x9b\\u202e"
    assert tail.harmless(b"\xff") == "\\xff"


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("INFO spawned: 'app1' with pid 42", events.Event("started", "app1", "42")),
        ("WARN exited: app1 (terminated by SIGKILL; not expected)", events.Event("ended", "app1", "SIGKILL")),
        ("INFO exited: app1 (exit status 0; expected)", events.Event("ended", "app1", "exit status 0")),
        (
            "INFO gave up: app1 entered FATAL state, too many start retries too quickly",
            events.Event("given up", "app1", "too many start retries too quickly"),
        ),
        ("INFO spawnerr: can't find command 'x'", events.Event("not started", "", "can't find command 'x'")),
        ("INFO RPC interface 'supervisor' initialized", None),
    ],
)
def test_supervisords_log_is_understood(line: str, event: events.Event | None) -> None:
    assert events.read(f"2026-11-21 03:08:34,496 {line}") == event


def test_a_narrow_terminal_shows_every_word_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    screen.console.width, screen.console._force_terminal = 60, True
    root = Path.cwd()
    screen.table(list(steps.all_steps(root).values()), Settings.read({}, root), {})
    output = capsys.readouterr().out
    assert "step07" in output
    assert "…" not in output
