"""Whoever is killed, and whenever: no process is left."""

import json
import os
import signal

import psutil
import pytest

from launcher.ports import is_free
from launcher.tests.project import PATIENCE, Project, wait_for


def two_steps(project: Project) -> None:
    project.add("step02_web", "--workers 2")
    project.add("step03_web", "")


def test_ctrl_c_stops_everything_and_exits_with_130(project: Project) -> None:
    two_steps(project)
    launcher = project.start_ready("up")
    leader = project.session()
    assert len(project.members(leader)) == 6  # guard, supervisord, two servers, two workers
    launcher.send_signal(signal.SIGINT)
    assert "Traceback" not in project.output(launcher)
    assert launcher.returncode == 130
    project.assert_nothing_left(leader)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGHUP, 129)])
def test_other_signals_stop_it_as_well(project: Project, number: signal.Signals, status: int) -> None:
    project.add("step02_web", "")
    launcher = project.start_ready("run", "step02")
    leader = project.session("step02")
    launcher.send_signal(number)
    project.output(launcher)
    assert launcher.returncode == status
    project.assert_nothing_left(leader)


def test_a_killed_launcher_leaves_no_process(project: Project) -> None:
    two_steps(project)
    launcher = project.start_ready("up")
    leader = project.session()
    launcher.kill()
    project.assert_nothing_left(leader)


def test_a_launcher_killed_while_its_steps_start_leaves_no_process(project: Project) -> None:
    project.add("step02_web", "--mute --workers 2")
    launcher = project.start("up")
    leader = project.session()
    project.member(leader, "fake_server")
    launcher.kill()
    project.assert_nothing_left(leader)


def test_a_launcher_killed_while_a_step_prepares_leaves_no_process(project: Project) -> None:
    project.add("step02_web", "", prepare="import time; time.sleep(60)")
    launcher = project.start("up")
    leader = project.session()
    project.member(leader, "step02_web.prepare")
    launcher.kill()
    project.assert_nothing_left(leader)


def test_a_killed_supervisord_is_noticed_and_everything_stopped(project: Project) -> None:
    two_steps(project)
    launcher = project.start_ready("up")
    leader = project.session()
    project.member(leader, "supervisord").kill()
    assert "supervisord ended (killed by signal 9); everything is stopped" in project.output(launcher)
    assert launcher.returncode == 1
    project.assert_nothing_left(leader)


def test_a_killed_guard_is_noticed_and_everything_stopped(project: Project) -> None:
    two_steps(project)
    launcher = project.start_ready("up")
    leader = project.session()
    os.kill(leader, signal.SIGKILL)
    assert "the guard of the processes was killed; everything is stopped" in project.output(launcher)
    assert launcher.returncode == 1
    project.assert_nothing_left(leader)


def test_down_clears_up_after_a_launcher_and_a_guard_that_were_both_killed(project: Project) -> None:
    two_steps(project)
    launcher = project.start_ready("up")
    leader = project.session()
    os.kill(launcher.pid, signal.SIGSTOP)  # so that it cannot notice the guard's end
    os.kill(leader, signal.SIGKILL)
    launcher.kill()
    launcher.wait()
    wait_for(lambda: len(project.members(leader)) == 5, "the end of the guard alone")
    assert project.call("down") == (0, "stopped up: 5 processes whose launcher had been killed\n")
    project.assert_nothing_left(leader)


def test_the_next_start_clears_up_as_well(project: Project) -> None:
    project.add("step02_web", "")
    launcher = project.start_ready("up")
    leader = project.session()
    os.kill(launcher.pid, signal.SIGSTOP)
    os.kill(leader, signal.SIGKILL)
    launcher.kill()
    launcher.wait()
    project.ready("up").unlink()
    project.start_ready("up")
    assert project.session() != leader
    assert not project.members(leader)


def test_a_start_right_after_a_kill_waits_for_the_guard(project: Project) -> None:
    project.add("step02_web", "")
    launcher = project.start_ready("up")
    leader = project.session()
    launcher.kill()
    launcher.wait()
    project.ready("up").unlink()
    project.start_ready("up")
    assert not project.members(leader)


def test_an_unrelated_process_with_a_recycled_number_is_never_killed(project: Project) -> None:
    project.add("step02_web", "")
    stranger = psutil.Popen(["sleep", "60"], start_new_session=True, cwd=project.root)
    try:
        control = project.root / "run" / "control" / "up"
        control.mkdir(parents=True)
        (control / "lock").touch()
        for name in ("session.json", "launcher.json"):
            (control / name).write_text(f'{{"pid": {stranger.pid}, "created": 1, "uptime": -1}}', "utf-8")
        assert project.call("down") == (0, "nothing is running\n")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_second_ctrl_c_kills_at_once_what_does_not_listen_to_the_first(project: Project) -> None:
    project.add("step02_web", "--deaf --workers 1")
    launcher = project.start_ready("up")
    leader = project.session()
    launcher.send_signal(signal.SIGINT)
    log = project.root / "run" / "control" / "up" / "supervisord.log"
    wait_for(lambda: "received SIGTERM" in log.read_text("utf-8"), "the first")
    launcher.send_signal(signal.SIGINT)
    launcher.wait(PATIENCE)
    assert "killing 'step02-part1'" not in log.read_text("utf-8")  # as supervisord does after its patience
    project.assert_nothing_left(leader)


def test_down_stops_a_running_launcher_from_elsewhere(project: Project) -> None:
    two_steps(project)
    launcher = project.start_ready("up")
    leader = project.session()
    assert project.call("down") == (0, f"stopped up (pid {launcher.pid})\n")
    assert launcher.wait(PATIENCE) == 0
    project.assert_nothing_left(leader)


@pytest.mark.parametrize("changed", ["created", "uptime"])
def test_down_finds_the_launcher_also_when_the_clock_was_set_meanwhile(
    project: Project, changed: str
) -> None:
    project.add("step02_web", "")
    launcher = project.start_ready("up")
    path = project.root / "run" / "control" / "up" / "launcher.json"
    noted = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(noted | {changed: noted[changed] + 3600}), "utf-8")
    assert project.call("down") == (0, f"stopped up (pid {launcher.pid})\n")


def test_down_without_anything_running_says_so(project: Project) -> None:
    assert project.call("down") == (0, "nothing is running\n")


def test_when_nobody_reads_its_output_any_more_it_stops(project: Project) -> None:
    project.add("step02_web", "")
    launcher = project.start_ready("run", "step02")
    leader = project.session("step02")
    assert launcher.stdout
    launcher.stdout.close()
    assert launcher.wait(PATIENCE) == 141
    project.assert_nothing_left(leader)


def test_when_nobody_reads_the_table_it_stops_in_the_same_way(project: Project) -> None:
    project.add("step02_web", "")
    launcher = project.start("up")
    assert launcher.stdout
    launcher.stdout.close()
    assert launcher.wait(PATIENCE) == 141


def test_a_start_that_fails_half_way_stops_what_had_started(project: Project) -> None:
    project.add("step02_web", "")
    project.add("step03_web", "--say 'no luck' --exit 3")
    status, output = project.call("up")
    assert status == 1
    assert "step03 did not start: step03-part1 ended at once" in output
    assert "step03-part1: no luck" in output
    assert is_free(project.port("step02"))
