"""What a container may do, seen from the running ones: asked of the engine and the kernel, and tried."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from checks.containers import Project, main_process, service
from tests.containers.inside import can_connect, kernel, mounts, try_inside
from tests.visitor import eventually

Containers = Mapping[str, dict[str, Any]]
NAMES = [
    *(
        "step01-server-1",
        "step02-server-1",
        "step03-server-1",
        "step04-app-1",
        "step05-app-1",
        "step05-nginx-1",
    ),
    *("step06-app-1", "step06-nginx-1", "step06-pebble-1", "step06-certbot-1"),
    *("step07-redis-1", "step07-app-1", "step07-app-2", "step07-app-3", "step07-nginx-1"),
]
each = pytest.mark.parametrize("name", NAMES)
# Elsewhere the containers' processes live in a virtual machine, where /proc does not show them.
here = pytest.mark.skipif(sys.platform != "linux", reason="the kernel can be asked on Linux only")
SECRETS = ("secret_key", "redis_password")


def test_all_that_should_run_does_and_is_healthy(project: Project, containers: Containers) -> None:
    assert sorted(containers) == sorted(NAMES)

    def unwell() -> set[str]:
        found = project.containers("step")
        health = {name: one["State"].get("Health", {}).get("Status") for name, one in found.items()}
        return {name for name, status in health.items() if status != "healthy"}

    # Another test may just have started one anew. pebble's image has no shell for a check.
    assert eventually(lambda: unwell() == {"step06-pebble-1"}, 60), unwell()


@here
@each
class TestEach:
    def test_it_is_nobody_in_particular_and_can_do_nothing_in_particular(
        self, containers: Containers, name: str
    ) -> None:
        status = kernel(containers[name])
        assert {*status["Uid"].split()} in ({"101"}, {"999"})
        assert {status[kind] for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"

    def test_it_can_write_to_few_places_and_run_nothing_from_the_temporary_ones(
        self, containers: Containers, name: str
    ) -> None:
        found = mounts(containers[name])
        assert "ro" in found["/"]
        # The kernel's own, and those that the engine lays over files of the system.
        own = re.compile(r"/(proc|sys|dev)(/|$)|/etc/(hosts|hostname|resolv.conf)$|/sbin/docker-init$")
        writable = {place for place, options in found.items() if "rw" in options and not own.match(place)}
        assert len(writable) <= 5
        temporary = containers[name]["HostConfig"].get("Tmpfs") or {}
        assert all({"noexec", "nosuid"} <= found[place] for place in temporary)
        volumes = {mount["Destination"] for mount in containers[name]["Mounts"] if mount["RW"]}
        assert writable == {*temporary, *volumes}

    def test_it_is_bounded(self, containers: Containers, name: str) -> None:
        limits = containers[name]["HostConfig"]
        assert 0 < limits["Memory"] <= 256 * 1024**2
        assert 0 < limits["NanoCpus"] <= 10**9
        assert 0 < limits["PidsLimit"] <= 100
        assert limits["LogConfig"] == {
            "Type": "json-file",
            "Config": {"max-size": "10m", "max-file": "3"},
        }

    def test_a_first_process_reaps_orphans_and_passes_signals_on(
        self, containers: Containers, name: str
    ) -> None:
        if service(containers[name]) == "step06-certbot":  # its first process is nginx's
            assert containers[name]["HostConfig"]["PidMode"].startswith("container:")
        else:
            first = containers[name]["State"]["Pid"]
            assert main_process(first) != first

    def test_it_is_published_to_this_machine_alone_if_at_all(self, containers: Containers, name: str) -> None:
        ports = containers[name]["NetworkSettings"]["Ports"]
        published = [one["HostIp"] for places in ports.values() for one in places or []]
        assert set(published) <= {"127.0.0.1"}
        assert bool(published) is ("nginx" in name or name < "step05")

    def test_no_secret_is_told_by_whoever_looks_at_it(
        self, project: Project, containers: Containers, name: str
    ) -> None:
        told = json.dumps(containers[name])
        assert [secret for secret in known_secrets(project) if secret in told] == []


def known_secrets(project: Project) -> list[str]:
    reading = [try_inside(project, "step07-app-1", "cat", f"/srv/run/step07/{name}") for name in SECRETS]
    secrets = [read.stdout for read in reading]
    assert [len(secret) for secret in secrets] == [64, 64]
    return secrets


@pytest.mark.parametrize("name", ["step07-nginx-1", "step07-redis-1", "step06-app-1"])
def test_secrets_are_files_for_the_apps_of_their_step_alone(project: Project, name: str) -> None:
    for secret in SECRETS:
        assert try_inside(project, name, "cat", f"/srv/run/step07/{secret}").returncode != 0
    mode = try_inside(
        project, "step07-app-1", "stat", "-c", "%a %u", *(f"run/step07/{one}" for one in SECRETS)
    )
    assert mode.stdout.split() == ["600", "101"] * 2


def test_the_key_of_the_authority_is_in_no_container_that_runs(project: Project) -> None:
    for name in ("step06-nginx-1", "step06-app-1", "step06-certbot-1", "step07-nginx-1", "step07-app-1"):
        assert try_inside(project, name, "cat", "/srv/run/authority/root-key.pem").returncode != 0


@pytest.mark.parametrize(
    ("who", "whom", "port", "reaches"),
    [
        ("step07-app-1", "step07-redis-1", 6379, True),
        ("step07-nginx-1", "step07-redis-1", 6379, False),
        ("step06-app-1", "step07-redis-1", 6379, False),
        ("step07-redis-1", "step07-nginx-1", 0, False),
        ("step06-certbot-1", "step06-pebble-1", 14000, True),
        ("step06-app-1", "step06-pebble-1", 14000, False),
    ],
)
def test_networks_separate(
    project: Project, containers: Containers, who: str, whom: str, port: int, reaches: bool
) -> None:
    """By each address that the other one has; a name would prove nothing."""
    port = port or int(project.environ["STEP07_TLS_PORT"])
    networks = containers[whom]["NetworkSettings"]["Networks"].values()
    addresses = [network["IPAddress"] for network in networks]
    assert all(addresses)
    ask = can_connect if "app" in who or "certbot" in who else curl_can_connect
    if who == "step07-redis-1":
        ask = redis_can_connect
    assert any(ask(project, who, address, port) for address in addresses) is reaches


def curl_can_connect(project: Project, name: str, host: str, port: int) -> bool:
    """nginx's image has no Python. 28: no answer in time; 7: no connection. All else needs a connection."""
    tried = try_inside(
        project, name, "curl", "-s", "-m", "2", "--connect-timeout", "2", f"telnet://{host}:{port}"
    )
    return tried.returncode not in (7, 28)


def redis_can_connect(project: Project, name: str, host: str, port: int) -> bool:
    tried = try_inside(project, name, "timeout", "2", "redis-cli", "-h", host, "-p", str(port), "ping")
    return "Could not connect" not in tried.stderr and tried.returncode != 124


@pytest.mark.parametrize("name", ["step05-app-1", "step06-app-1", "step07-app-1", "step07-redis-1"])
def test_nothing_leads_out_of_the_networks_behind_nginx(
    project: Project, containers: Containers, name: str
) -> None:
    networks = list(containers[name]["NetworkSettings"]["Networks"])
    told = project.docker("network", "inspect", "--format", "{{.Internal}}", *networks)
    assert told.split() == ["true"] * len(networks)


def test_who_makes_too_many_processes_is_stopped(project: Project) -> None:
    program = (
        "import time; c=[]\nwhile len(c) < 500:\n c.append(__import__('subprocess').Popen(['sleep','2']))"
    )
    tried = try_inside(project, "step04-app-1", "python3", "-c", program)
    assert tried.returncode != 0
    assert "Resource temporarily unavailable" in tried.stderr or "can't start" in tried.stderr


def test_who_takes_too_much_memory_is_ended_and_the_others_live(
    project: Project, containers: Containers
) -> None:
    tried = try_inside(
        project, "step05-app-1", "python3", "-c", "b = bytearray(600 * 1024**2); b[::4096] = b[::4096]"
    )
    assert tried.returncode != 0
    assert (
        containers["step05-app-1"]["State"]["Pid"]
        == project.containers("step05")["step05-app-1"]["State"]["Pid"]
    )


def test_a_health_check_notices_a_program_that_hangs_and_one_that_goes_on(project: Project) -> None:
    def status(container: str) -> str:
        return str(project.containers("step02")[container]["State"]["Health"]["Status"])

    name = "step02-server-1"
    assert try_inside(project, name, "sh", "-c", "kill -STOP -1").returncode == 0
    try:
        assert eventually(lambda: status(name) == "unhealthy", 40)
    finally:
        try_inside(project, name, "sh", "-c", "kill -CONT -1")
    assert eventually(lambda: status(name) == "healthy", 20)


def test_a_stopping_app_finishes_what_it_has_begun(project: Project, containers: Containers) -> None:
    assert {containers[f"step0{number}-app-1"]["Config"]["StopTimeout"] for number in (4, 5, 6, 7)} == {37}
    url = f"http://127.0.0.1:{project.environ['STEP04_PORT']}"
    with ThreadPoolExecutor(1) as visitor:
        answer = visitor.submit(requests.get, f"{url}/slow?seconds=4", timeout=20)
        # It is in work as soon as a second visitor, who came later, has been served.
        time.sleep(0.5)
        requests.get(f"{url}/healthz", timeout=5)
        project.docker("stop", f"{project.name}-step04-app-1")
        assert answer.result().status_code == 200
    project.docker("start", f"{project.name}-step04-app-1")
    assert eventually(lambda: answers(url), 15)


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def test_the_images_are_small_and_have_no_more_than_runs(project: Project, tag: str) -> None:
    def size(image: str) -> int:
        return int(project.docker("image", "inspect", "--format", "{{.Size}}", image))

    ours = f"from-socket-to-stack/steps:{tag}"
    # The official base has some 120 MB; a stand-in may have another size, so what we add is what counts.
    assert size(ours) - size("python:3.13-slim") < 60_000_000
    assert size(f"from-socket-to-stack/nginx:{tag}") - size("nginx:1.30") < 2_000_000
    inside = project.docker(
        "run", "--rm", "--network=none", ours, "find", "/srv", "/opt/site", "-name", "test*"
    )
    assert [path for path in inside.split() if path.startswith("/srv")] == []
    tried = subprocess.run(
        ["docker", "run", "--rm", "--network=none", ours, "/opt/site/bin/python", "-m", "pip", "--version"],
        capture_output=True,
        timeout=60,
    )
    assert tried.returncode != 0 or b"/opt/site" not in tried.stdout
