"""Every way in which a start can fail has one clear line, and no traceback."""

import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from launcher import programs, stack
from launcher.errors import LaunchError
from launcher.settings import Settings
from launcher.steps import choose
from launcher.terminal import Screen
from launcher.tests.project import PATIENCE, Project, wait_for


def program(folder: Path, name: str, says: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def refused(project: Project, *arguments: str) -> str:
    status, output = project.call(*arguments)
    assert status == 1
    assert "Traceback" not in output
    assert output.count("\n") == 1
    return output


def test_a_port_in_use_is_named_with_its_owner_and_two_mends(project: Project) -> None:
    project.add("step02_web", "")
    port = project.port("step02")
    with socket.create_server(("127.0.0.1", port)):
        line = refused(project, "run", "step02")
    assert line.startswith(f"port {port} is in use by pid {os.getpid()} (")
    assert line.endswith(f"stop it (make down), or choose another: make step02 STEP02_PORT={port + 100}\n")


def test_a_port_whose_last_connections_are_just_ending_is_free(project: Project) -> None:
    project.add("step02_web", "")
    with socket.create_server(("127.0.0.1", project.port("step02"))) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        server.close()  # who closes first keeps the port in TIME_WAIT
        client.close()
    launcher = project.start_ready("up")
    assert launcher.poll() is None


def test_two_steps_on_one_port_are_refused(project: Project) -> None:
    project.add("step02_web", "")
    project.add("step03_web", "")
    project.environ["STEP03_PORT"] = project.environ["STEP02_PORT"]
    assert "STEP02_PORT and STEP03_PORT are both" in refused(project, "up")


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "²"])
def test_what_is_no_port_is_refused(project: Project, port: str) -> None:
    project.add("step02_web", "")
    project.environ["STEP02_PORT"] = port
    expected = f"STEP02_PORT={port} is not a port; choose a number from 1 to 65535\n"
    assert refused(project, "up") == expected


def test_an_unwritable_scratch_folder(project: Project) -> None:
    project.add("step02_web", "")
    (project.root / "run").write_text("a file, not a folder", "utf-8")
    assert refused(project, "up").startswith("cannot write to ")


def test_a_scratch_folder_with_too_long_a_name(project: Project) -> None:
    project.environ["RUN"] = "/tmp/" + "x" * 80
    assert "too long a path for Unix sockets" in refused(project, "up")


def test_on_macos_the_projects_own_path_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = Path("/courses/" + "deep/" * 20)
    monkeypatch.setattr("sys.platform", "linux")
    assert Settings.read({}, deep).run == "run"
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(LaunchError, match="deep/run is too long a path for Unix sockets"):
        Settings.read({}, deep)


def test_a_scratch_folder_with_a_name_that_supervisord_would_misread(project: Project) -> None:
    project.add("step02_web", "")
    project.environ["RUN"] = "run/100%d"
    assert "choose another" in refused(project, "up")


def test_a_second_launcher_names_the_first_and_the_mend(project: Project) -> None:
    project.add("step02_web", "")
    first = project.start_ready("up")
    line = refused(project, "up")
    assert line == f"up is started already, by pid {first.pid}; stop it with: make down\n"
    assert first.poll() is None


def test_a_closed_output_is_no_mistake(project: Project) -> None:
    project.add("step02_web", "")
    command = ["sh", "-c", f"exec '{sys.executable}' -m launcher up >&-"]
    with subprocess.Popen(
        command, cwd=project.root, env=project.environ, stderr=subprocess.PIPE, text=True
    ) as launcher:
        wait_for(lambda: project.ready("up").exists() or launcher.poll() is not None, "readiness")
        launcher.terminate()
        assert launcher.communicate(timeout=PATIENCE)[1] == ""
    assert launcher.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line(project: Project) -> None:
    project.add("step02_web", "")
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "launcher", "up"],
            cwd=project.root,
            env=project.environ,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
        )
    assert result.returncode != 0
    assert result.stderr.startswith("cannot go on: [Errno 28] No space left on device\n")
    assert "Traceback" not in result.stderr


def test_a_step_that_does_not_exist(project: Project) -> None:
    project.add("step02_web", "")
    assert refused(project, "run", "step09") == "there is no step09 here; there are step02\n"


def test_a_folder_without_steps(project: Project) -> None:
    assert refused(project, "up").startswith("no step here: run this in the project's folder")


def test_a_list_of_processes_with_a_mistake(project: Project) -> None:
    project.add("step02_web", "")
    (project.root / "step02_web" / "processes.ini").write_text("[program:x]\nautorestart = false\n", "utf-8")
    assert refused(project, "up").startswith("step02_web/processes.ini: No option 'command'")


def test_a_preparation_that_fails_shows_its_own_line(project: Project) -> None:
    project.add("step02_web", "", prepare="import sys; sys.exit('no room on the disk')")
    assert refused(project, "up") == "step02-prepare: no room on the disk\n"


def test_a_program_that_cannot_be_found(project: Project) -> None:
    project.add("step02_web", "")
    (project.root / "step02_web" / "processes.ini").write_text(
        "[program:step02-x]\ncommand = no-such-program\nautorestart = false\n", "utf-8"
    )
    status, output = project.call("up")
    assert status == 1
    assert "no-such-program" in output


def test_an_nginx_that_is_too_old_is_refused_with_the_version_needed(project: Project) -> None:
    project.add("step02_web", "")
    old = program(project.root, "old-nginx", "nginx version: nginx/1.22.1")
    (project.root / "step02_web" / "processes.ini").write_text("[program:x]\ncommand = nginx\n", "utf-8")
    project.environ["NGINX"] = old
    line = refused(project, "run", "step02")
    assert line.startswith(f"{old} is nginx 1.22.1; 1.27.4 or newer is needed: unset NGINX, or ")


@pytest.mark.parametrize("variable", ["NGINX", "REDIS_SERVER"])
def test_a_program_asked_for_that_does_not_exist(variable: str) -> None:
    which = {"NGINX": programs.NGINX, "REDIS_SERVER": programs.REDIS}[variable]
    with pytest.raises(LaunchError, match=f"{variable}=/no/such is no program; correct it, or unset it"):
        programs.find(which, {variable: "/no/such"})


def test_a_program_for_another_machine(tmp_path: Path) -> None:
    broken = tmp_path / "nginx"
    broken.write_bytes(b"\x7fELF of another world")
    broken.chmod(0o755)
    with pytest.raises(LaunchError, match="does not run on this machine"):
        programs.find(programs.NGINX, {"NGINX": str(broken)})


def test_a_step_whose_program_is_missing_is_left_out_and_the_others_run(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project.add("step02_web", "")
    project.add("step05_web", "")
    (project.root / "step05_web" / "processes.ini").write_text("[program:x]\ncommand = nginx -c x\n", "utf-8")
    nowhere = programs.Program("nginx", "NGINX", "no_such_wheel", "", ("no-such-nginx",))
    monkeypatch.setitem(programs.PROGRAMS, "nginx", nowhere)
    settings = Settings(project.root, "run", {})
    left_out = programs.provide(choose(project.root, []), settings.environ, settings.scratch / "bin")
    assert list(left_out) == ["step05"]
    assert left_out["step05"].startswith("needs nginx: ")
    Screen().table(choose(project.root, []), settings, left_out)
    table = capsys.readouterr().out
    assert "left out" in table
    assert "needs nginx: " in table


def test_a_step_that_never_answers(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.add("step02_web", "--mute --say hm")
    monkeypatch.setattr(stack, "READY_TIMEOUT", 1.0)
    made = stack.Stack("up", choose(project.root, []), Settings(project.root, "run", project.environ))
    monkeypatch.chdir(project.root)
    made.control.lock()
    try:
        made.start()
        log = made.log(made.steps[0].processes[0])
        wait_for(lambda: log.exists() and "hm" in log.read_text("utf-8"), "its first words")
        with pytest.raises(LaunchError, match=r"(?s)step02 did not start: does not answer \(.*refused.*hm"):
            made.wait_until_ready(lambda _: None)
    finally:
        made.stop()


def test_usage_errors_exit_with_2(project: Project) -> None:
    assert project.call("fly")[0] == 2
    assert project.call("run")[0] == 2
    assert project.call("--help")[0] == 0


def test_ctrl_c_at_any_moment_of_the_start_is_no_traceback(project: Project) -> None:
    project.add("step02_web", "--mute")
    launcher = project.start("up")
    project.session()
    launcher.send_signal(signal.SIGINT)
    assert "Traceback" not in project.output(launcher)
    assert launcher.returncode == 130


def test_doctor_tells_what_is_wrong_and_the_command_that_mends_it(project: Project) -> None:
    (project.root / "requirements").mkdir()
    (project.root / "requirements" / "course.txt").write_text("no-such-package==1.0 \\\n", "utf-8")
    (project.root / "Makefile").write_bytes(b"up:\r\n")
    project.add("step02_web", "")
    project.environ["NGINX"] = program(project.root, "old-nginx", "nginx version: nginx/1.22.1")
    status, output = project.call("doctor")
    assert status == 1
    assert "fail not as locked: no-such-package is missing" in output
    assert "→ rm -rf .venv && make setup" in output
    assert "fail 1 files end their lines with CRLF, Makefile first" in output
    assert "1.27.4 or newer is needed" in output
    assert f"ok   Python {sys.version.split()[0]}" in output


def test_doctor_knows_a_stranger_on_a_port_from_a_stack_of_ours(project: Project) -> None:
    project.add("step02_web", "")
    project.add("step03_web", "")
    (project.root / "requirements").mkdir()
    (project.root / "requirements" / "course.txt").touch()
    with socket.create_server(("127.0.0.1", project.port("step03"))):
        launcher = project.start_ready("run", "step02")
        output = project.call("doctor")[1]
    assert f"ok   step02 is running (pid {launcher.pid}); stop it with: make down" in output
    assert f"port {project.port('step02')} is in use" not in output
    assert f"warn port {project.port('step03')} is in use by pid {os.getpid()} (" in output


LOCAL = "From Socket to Stack: authority of this machine, 12345678"


@pytest.mark.parametrize(
    ("signer", "days", "said"),
    [
        (
            "From Socket to Stack: authority of this machine, 1",
            80,
            ["ok   the site's certificate (by the local"],
        ),
        (
            "From Socket to Stack: authority of this machine, 1",
            20,
            ["good for 19 days", "make local-certificate"],
        ),
        ("Pebble Intermediate CA 1", 31, ["ok   the site's certificate (by Pebble Intermediate CA 1)"]),
        ("Pebble Intermediate CA 1", 29, ["warn the site's certificate", "→ make renew"]),
        ("Pebble Intermediate CA 1", -1, ["warn", "expired on 2", "→ make renew"]),
    ],
)
def test_doctor_reports_an_expiring_certificate_with_the_command_that_mends_it(
    project: Project, signer: str, days: int, said: list[str]
) -> None:
    (project.root / "requirements").mkdir()
    (project.root / "requirements" / "course.txt").touch()
    project.add("step02_web", "")
    ends = datetime.now(UTC) + timedelta(days=days)
    write_certificate(project.root / "run" / "step06" / "tls" / "fullchain.pem", signer, ends)
    output = project.call("doctor")[1]
    assert [words for words in said if words not in output] == []


def write_certificate(path: Path, signer: str, ends: datetime) -> None:
    """One of 90 days; only the signer's name and the end are looked at."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, signer)])
    key = generate_private_key(SECP256R1())
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(ends - timedelta(days=90)).not_valid_after(ends)
    path.parent.mkdir(parents=True)
    path.write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))


def test_doctor_says_what_to_do_with_a_damaged_certificate(project: Project) -> None:
    (project.root / "requirements").mkdir()
    (project.root / "requirements" / "course.txt").touch()
    project.add("step02_web", "")
    path = project.root / "run" / "step06" / "tls" / "fullchain.pem"
    path.parent.mkdir(parents=True)
    path.write_text("not a certificate", "utf-8")
    output = project.call("doctor")[1]
    assert "warn the site's certificate cannot be read (" in output
    assert "→ make local-certificate" in output


def test_doctor_is_content_with_this_project() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "launcher", "doctor"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "fail" not in answer.stdout
