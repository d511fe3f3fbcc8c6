"""What `up` and `run` do and say while all is well, and when a process dies."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from launcher import running, session
from launcher.settings import Settings
from launcher.stack import Stack
from launcher.steps import choose
from launcher.supervision import State
from launcher.terminal import Screen
from launcher.tests.project import Project, wait_for
from launcher.tour import TOUR

RESTARTED = "autorestart = true\nstartsecs = 0"


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())


def test_up_prints_one_table_when_every_step_answers(project: Project) -> None:
    project.add("step01_raw", "--raw")
    project.add("step02_web", "")
    launcher = project.start_ready("up")
    ready = json.loads(project.ready("up").read_text("utf-8"))
    assert ready["step02"]["http"] == f"http://127.0.0.1:{project.port('step02')}"
    assert ready["step02"]["https"] is None
    assert get(ready["step02"]["http"]) == f"{ready['step02']['pids']['step02-part1']}\n"
    launcher.send_signal(signal.SIGINT)
    output = project.output(launcher)
    assert f"step01  http://127.0.0.1:{project.port('step01')}/" in output
    assert "Ctrl-C stops everything · logs in run/logs" in output
    assert max(map(len, output.splitlines())) <= 100
    assert "\x1b" not in output


def test_the_whole_table_has_one_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = choose(Path.cwd(), [])
    assert [step.name for step in chosen] == list(TOUR)
    Screen().table(chosen, Settings(Path.cwd(), "run", {}), {})
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 1 + len(TOUR)
    assert "https://localhost:8446/" in lines[6]
    assert max(map(len, lines)) <= 100


def test_nginx_and_gunicorn_with_their_workers_end_when_the_launcher_is_killed() -> None:
    with running("step05") as sites:
        noted = sites["step05"].run / "control" / "up"
        launcher, leader = (
            json.loads((noted / name).read_text("utf-8"))["pid"] for name in ("launcher.json", "session.json")
        )
        commands = [" ".join(one.cmdline()) for one in session.members(leader)]
        assert sum("nginx" in command for command in commands) >= 2
        assert sum("gunicorn" in command for command in commands) >= 2
        os.kill(launcher, signal.SIGKILL)
        wait_for(lambda: not session.members(leader), "the end of all")


def test_run_shows_what_every_process_writes_under_its_name(project: Project) -> None:
    project.add("step02_web", "--say first", "--mute --say second")
    launcher = project.start_ready("run", "step02")
    log = project.root / "run" / "logs" / "step02-part2.log"
    wait_for(lambda: log.exists() and log.read_text("utf-8"), "its line")
    launcher.send_signal(signal.SIGINT)
    output = project.output(launcher)
    assert "step02-part1 │ first\n" in output
    assert "step02-part2 │ second\n" in output
    assert f"step02 answers at http://127.0.0.1:{project.port('step02')}/\n" in output
    assert "step02-part1 started (pid " in output


def test_control_characters_reach_no_terminal(project: Project) -> None:
    project.add("step02_web", r"--say '\x1b[2J\x07 Zo\xc3\xab'")
    launcher = project.start_ready("run", "step02")
    launcher.send_signal(signal.SIGINT)
    assert r"│ \x1b[2J\x07 Zoë" in project.output(launcher)


def test_a_process_that_dies_is_restarted_where_the_step_says_so(project: Project) -> None:
    project.add("step02_web", "", extra=RESTARTED)
    launcher = project.start_ready("up")
    leader = project.session()
    project.member(leader, "fake_server").kill()
    wait_for(lambda: answers(project, "step02"), "the restart")
    launcher.send_signal(signal.SIGINT)
    output = project.output(launcher)
    assert "step02-part1 ended (SIGKILL)\n" in output
    assert "step02-part1 started (pid " in output


def answers(project: Project, step: str) -> bool:
    try:
        return bool(get(f"http://127.0.0.1:{project.port(step)}"))
    except OSError:
        return False


def test_elsewhere_it_stays_dead_and_the_others_live(project: Project) -> None:
    project.add("step02_web", "")
    project.add("step03_web", "")
    launcher = project.start_ready("up")
    assert launcher.stdout
    for line in launcher.stdout:
        if "Ctrl-C stops everything" in line:  # the table stands: only from here on are deaths reported
            break
    pid = json.loads(project.ready("up").read_text("utf-8"))["step02"]["pids"]["step02-part1"]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not answers(project, "step02"), "its end")
    assert answers(project, "step03")
    history = project.root / "run" / "control" / "up" / "supervisord.log"
    wait_for(lambda: "exited: step02-part1" in history.read_text("utf-8"), "supervisord's notice")
    launcher.send_signal(signal.SIGINT)
    output = launcher.stdout.read()
    assert "step02-part1 ended (SIGKILL)" in output
    assert "started (pid" not in output


def test_run_ends_when_every_process_has_ended(project: Project) -> None:
    project.add("step02_web", "")
    launcher = project.start_ready("run", "step02")
    project.member(project.session("step02"), "fake_server").kill()
    assert "every process has ended, and none is restarted" in project.output(launcher)
    assert launcher.returncode == 1


def test_a_supervisor_that_was_too_busy_to_answer_is_asked_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.add("step02_web", "")
    made = Stack("up", choose(project.root, []), Settings(project.root, "run", project.environ))
    answers = [[], [State("step02-part1", "step02-part1", "EXITED", 0, "")]]
    monkeypatch.setattr(made, "_states", lambda: answers.pop(0))
    made._something_ended = True
    assert not made.is_over()
    assert made.is_over()


def test_a_process_that_always_dies_is_given_up(project: Project) -> None:
    project.add("step02_web", "--exit 1", extra="autorestart = true\nstartretries = 0")
    status, output = project.call("up")
    assert status == 1
    assert "step02 did not start: step02-part1 ended at once" in output


def test_what_a_step_prepares_is_there_before_its_processes_start(project: Project) -> None:
    prepare = "import pathlib, os; pathlib.Path(os.environ['RUN'], 'step02', 'made').touch()"
    project.add("step02_web", "", prepare=prepare)
    project.start_ready("up")
    assert (project.root / "run" / "step02" / "made").exists()


def test_the_api_starts_steps_on_free_ports_and_stops_them(project: Project) -> None:
    project.add("step02_web", "", extra=RESTARTED)
    project.add("step03_web", "")
    with running("step02", root=project.root) as sites:
        site = sites["step02"]
        assert list(sites) == ["step02"]
        before = site.pids()
        assert get(site.http) == f"{before['step02-part1']}\n"
        assert site.ports == {"http": int(site.http.rsplit(":", 1)[1])}
        assert site.log("step02-part1") == ""
    with pytest.raises(OSError, match="refused"):
        get(site.http)
    assert not site.run.exists()


def test_the_api_says_what_the_launcher_said(project: Project) -> None:
    project.add("step02_web", "--exit 3")
    with pytest.raises(RuntimeError, match="step02-part1 ended at once"), running(root=project.root):
        pass


def test_processes_that_draw_ports_at_the_same_time_share_none() -> None:
    command = [
        sys.executable,
        "-c",
        "from launcher.ports import draw; print(*draw(200), flush=True); input()",
    ]
    drawing = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    drawn = [process.stdout.readline().split() for process in drawing if process.stdout]
    for process in drawing:
        process.communicate("\n")
    assert len(set().union(*drawn)) == 600
