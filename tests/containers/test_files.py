"""The files say what the lists of processes say, and nothing that Docker's own linters complain of."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from step06_tls.certbot import pebble
from tests.containers.files import DEVELOPMENT, in_a_container, programs, services, text, words
from tests.documents import ROOT

OFFICIAL = {"redis:8", "certbot/certbot", "letsencrypt/pebble"}
LOCUST = re.search(r"^locust==(\S+)", text("requirements/load.txt"), re.M)
OURS = {
    "from-socket-to-stack/steps:${COURSE_TAG:-latest}",
    "from-socket-to-stack/nginx:${COURSE_TAG:-latest}",
}
# What has no line natively: preparing is the launcher's, and certificates are ordered by hand.
BESIDES = {"step06-prepare", "step06-pebble", "step06-certbot", "step07-prepare"}
PROGRAMS = list(programs())


pytestmark = pytest.mark.usefixtures("docker")


def label(value: object) -> str:
    return value if isinstance(value, str) else ""


def seconds(duration: str) -> float:
    return sum(
        float(number) * {"m": 60, "s": 1}[unit] for number, unit in re.findall(r"([\d.]+)([ms])", duration)
    )


def test_each_line_of_the_lists_of_processes_is_a_service_and_there_are_no_others() -> None:
    known = {name for name in services() if re.match(r"step\d\d-", name)}
    assert known == {name for name, _ in PROGRAMS} | BESIDES


@pytest.mark.parametrize(("name", "program"), PROGRAMS, ids=label)
def test_a_service_runs_the_line_of_its_step(name: str, program: Any) -> None:
    ours, native = shlex.split(words(services()[name])), shlex.split(in_a_container(program["command"]))
    if name == "step07-redis":  # natively behind a socket of its folder; here at a port, its files in volumes
        native = native[: native.index("--dir")] + ours[native.index("--dir") :]
        assert native[-6:] == [
            "--dir",
            "/data",
            "--port",
            "6379",
            "--aclfile",
            "/srv/run/step07/redis_users.acl",
        ]
    assert ours == native


@pytest.mark.parametrize(("name", "program"), PROGRAMS, ids=label)
def test_it_is_as_many_and_lives_as_long_as_natively(name: str, program: Any) -> None:
    service = services()[name]
    assert int(service["deploy"].get("replicas", 1)) == program.getint("numprocs", fallback=1)
    restarts = {True: "unless-stopped", False: "no"}[program.getboolean("autorestart")]
    assert service["restart"] == restarts


def test_an_app_may_finish_what_it_has_begun() -> None:
    apps = [name for name, program in PROGRAMS if program["command"].startswith("gunicorn")]
    assert len(apps) == 4
    for name in apps:
        settings = run_path(str(ROOT / re.findall(r"--config (\S+)", words(services()[name]))[0]))
        assert settings["graceful_timeout"] < seconds(services()[name]["stop_grace_period"]) <= 40


@pytest.mark.parametrize("name", [name for name, _ in PROGRAMS if not re.search("nginx|redis", name)])
def test_the_form_for_development_runs_the_same_line_and_watches_the_files(name: str) -> None:
    mine = services(*DEVELOPMENT)[name]
    assert shlex.split(words(mine)) == ["watchfiles", "--ignore-paths", "run", words(services()[name]), "."]
    mounted = {mount["target"] for mount in mine["volumes"] if mount["type"] == "bind"}
    assert len([target for target in mounted if target.startswith("/srv/step0")]) == int(name[5])


def test_from_step_5_on_only_nginx_can_be_reached_from_outside_and_only_from_this_machine() -> None:
    publishing = {name: service["ports"] for name, service in services().items() if service.get("ports")}
    late = {name for name in publishing if name >= "step05"}
    assert late == {"step05-nginx", "step06-nginx", "step07-nginx"}
    for ports in publishing.values():
        assert all(
            str(port).startswith(("127.0.0.1:", "${STEP06_ADDRESS:-127.0.0.1}:"))
            for port in map(plain, ports)
        )


def plain(port: Any) -> str:
    return port if isinstance(port, str) else f"{port['host_ip']}:{port['published']}"


def test_images_are_official_ones_of_a_version_or_our_own() -> None:
    assert LOCUST, "locust is locked nowhere"
    used = {service["image"] for service in services().values()}
    assert used == OFFICIAL | OURS | {f"locustio/locust:{LOCUST[1]}"}  # the one that `make load` has
    bases = re.findall(r"^FROM (\S+)", text("Dockerfile"), re.M)
    stages = set(re.findall(r" AS (\S+)", text("Dockerfile")))
    assert {base for base in bases if base not in stages} == {"python:3.13-slim", "nginx:1.30"}


def test_pebble_is_set_as_natively() -> None:
    assert services()["step06-pebble"]["environment"] == pebble.ENVIRONMENT


def test_the_dockerfile_passes_hadolint() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    judged = subprocess.run(
        [str(hadolint), "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (judged.returncode, judged.stdout) == (0, "")


@pytest.mark.parametrize("files", [(), DEVELOPMENT], ids=["plain", "development"])
@pytest.mark.parametrize("profile", [f"step0{number}" for number in range(1, 8)])
def test_compose_accepts_each_profile_and_it_has_its_own_step_alone(
    profile: str, files: tuple[str, ...]
) -> None:
    command = ["docker", "compose", *files, "--profile", profile, "config", "--services"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    assert told.stderr == ""
    assert {name[:6] for name in told.stdout.split()} == {profile}
