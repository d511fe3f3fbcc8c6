"""The steps in containers as their visitors and their keepers see them."""

import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
import requests
from cryptography import x509

from checks import expectations
from checks.containers import Project, target_of, up
from checks.crowd import under_load
from checks.registry import named
from checks.runner import examine
from checks.site import Site
from tests.containers.files import DEVELOPMENT
from tests.documents import ROOT
from tests.visitor import eventually

# What only containers could spoil: apps that die, stop and come back; names, addresses, files, and volumes.
CELLS = [
    *((2, name) for name in ("page", "large-body", "second-visitor")),
    *((3, name) for name in ("crashed-worker", "second-visitor")),
    *((4, name) for name in ("login-survives", "forged-sender", "killed-app")),
    *((5, name) for name in ("silent-crowd", "slow-body-crowd", "compressed-page")),
    *((6, name) for name in ("certificate", "http2", "renewed-certificate")),
    *((7, name) for name in ("balanced", "killed-app", "entries-survive", "post-once", "redis-gone")),
    *((7, name) for name in ("redis-restart", "copied-cookie", "renewed-certificate")),
]


@pytest.mark.parametrize(("step", "name"), CELLS, ids=str)
def test_a_check_finds_in_containers_what_is_expected_there(
    project: Project, tmp_path: Path, step: int, name: str
) -> None:
    expected = expectations.expected_in("containers")
    outcome = examine(named(name), target_of(f"step{step:02}", project, tmp_path))
    assert outcome.verdict is expected.cell(name, step), f"{outcome.evidence}\n{outcome.timeline}"


def hosts(project: Project) -> set[str]:
    """The containers that answer, of a dozen visits."""
    url = f"https://localhost:{project.environ['STEP07_TLS_PORT']}/whoami"
    answers = [requests.get(url, timeout=10, verify=False) for _ in range(12)]
    return {answer.json()["host"] for answer in answers if answer.ok}


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_apps_come_and_go_and_nginx_finds_them_by_itself_and_loses_no_visit(
    project: Project, tmp_path: Path
) -> None:
    def nginx() -> tuple[int, str]:
        state = project.containers("step07")["step07-nginx-1"]["State"]
        return state["Pid"], state["StartedAt"]

    def scaled(count: int) -> bool:
        more = ("--no-recreate", f"--scale=step07-app={count}", "step07-app")
        project.compose("up", "--wait", *more, patience=150)
        return eventually(lambda: len(hosts(project)) == count, 20)

    before = nginx()
    # nginx leaves an app that another test has killed out for five seconds.
    assert eventually(lambda: len(hosts(project)) == 3, 20)
    with Site(target_of("step07", project, tmp_path), bound=120) as site, under_load(site) as load:
        assert [scaled(count) for count in (4, 2, 3)] == [True] * 3
    assert load.answered > 20
    assert load.lost == []
    assert nginx() == before


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_an_app_that_vanishes_with_its_address_is_made_up_for_even_while_nginx_hears_of_it(
    project: Project, tmp_path: Path
) -> None:
    def overtaken() -> int:
        """How often nginx' list has changed under a request (locations/once_more.conf)."""
        return project.compose("logs", "step07-nginx").count("no live upstreams")

    network, app = f"{project.name}_step07-app", f"{project.name}-step07-app-1"
    before, rounds = overtaken(), 0
    assert eventually(lambda: len(hosts(project)) == 3, 20)
    with Site(target_of("step07", project, tmp_path), bound=120) as site, under_load(site) as load:
        while overtaken() == before and rounds < 12:  # nearly every second time it comes to that
            project.docker("network", "disconnect", "--force", network, app)
            try:
                assert eventually(lambda: len(hosts(project)) == 2, 20)
            finally:
                project.docker("network", "connect", "--alias", "step07-app", network, app)
            assert eventually(lambda: len(hosts(project)) == 3, 20)
            rounds += 1
    # Whose words the app had already, waits for proxy_read_timeout (5 s) until another is asked: not counted.
    assert "a visitor is answered with 502" not in load.lost
    assert overtaken() > before, f"not seen in {rounds} rounds"


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_where_no_app_is_left_the_page_that_says_so_is_shown(project: Project, tmp_path: Path) -> None:
    powers, names = target_of("step07", project, tmp_path).powers, [f"step07-app-{n}" for n in (1, 2, 3)]
    assert powers is not None
    url = f"https://localhost:{project.environ['STEP07_TLS_PORT']}/hello"
    try:
        for name in names:
            powers.stop(name, 30)
        answer = requests.get(url, timeout=20, verify=False)
    finally:
        for name in names:
            powers.start(name, 30)
        assert eventually(lambda: len(hosts(project)) == 3, 20)
    assert answer.status_code in (502, 504), answer.text
    assert "<h1>" in answer.text


@pytest.mark.parametrize(("step", "comes_back"), [("step07", True), ("step05", False)])
def test_what_dies_is_started_again_from_step_7_on(
    project: Project, tmp_path: Path, step: str, comes_back: bool
) -> None:
    target, name = target_of(step, project, tmp_path), f"{step}-app-1"
    assert target.powers is not None
    target.powers.kill(name)
    try:
        assert eventually(lambda: name in project.containers(step), 10 if comes_back else 1) is comes_back
    finally:
        target.powers.start(name, 30)
        with Site(target, bound=40) as site:  # nginx asks for its address every two seconds
            site.wait_until_ready()


def served(project: Project, name: str) -> x509.Certificate:
    """The certificate that step 06 shows to whoever asks for that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", int(project.environ["STEP06_TLS_PORT"])), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        return x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")


def test_the_certificate_by_acme_is_for_its_name_and_the_local_one_for_all_others(project: Project) -> None:
    ordered, local = served(project, "app.lab.test"), served(project, "localhost")
    assert "Pebble" in ordered.issuer.rfc4514_string()
    names = ordered.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["app.lab.test"]
    assert "From Socket to Stack" in local.issuer.rfc4514_string()


def test_it_is_renewed_by_itself_while_visitors_come(project: Project, tmp_path: Path) -> None:
    """It lives for a minute here; when half of that is over, certbot orders another one."""
    first = served(project, "app.lab.test")
    with Site(target_of("step06", project, tmp_path), bound=120) as site, under_load(site) as load:
        assert eventually(lambda: served(project, "app.lab.test").serial_number != first.serial_number, 75)
    assert load.lost == []


def left(project: Project) -> str:
    """All that bears the project's label."""
    mine = ("--quiet", "--filter", f"label=com.docker.compose.project={project.name}")
    kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
    return "".join(project.docker(*kind, *mine) for kind in kinds)


def test_down_without_any_more_words_leaves_nothing(tag: str) -> None:
    with up("step05", root=ROOT, environment={"COURSE_TAG": tag}) as project:
        assert left(project)
        environ = {name: value for name, value in project.environ.items() if name != "COMPOSE_PROFILES"}
        Project(project.name, project.root, environ).compose("down", "--volumes")
        assert left(project) == ""


def copied(to: Path) -> Path:
    """The project's files that git knows or would be given."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def layers(project: Project, image: str) -> list[str]:
    told = project.docker("image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}", image)
    return told.split()


def test_a_new_line_of_code_makes_only_the_last_layers_anew(
    project: Project, tag: str, tmp_path: Path
) -> None:
    root, environ = copied(tmp_path), {**project.environ, "COURSE_TAG": f"{tag}-changed"}
    with (root / "step06_tls" / "app.py").open("a", encoding="utf-8") as file:
        file.write("# one more\n")
    Project(project.name, root, environ).compose("build", "step06-app", patience=120)
    changed = f"from-socket-to-stack/steps:{tag}-changed"
    before, after = layers(project, f"from-socket-to-stack/steps:{tag}"), layers(project, changed)
    project.docker("image", "rm", changed)
    assert before != after
    assert before[:-2] == after[:-2]  # those of steps 06 and 07


def test_the_form_for_development_takes_up_what_is_changed(tag: str, tmp_path: Path) -> None:
    root, files = copied(tmp_path), ":".join(DEVELOPMENT[1::2])
    environment = {"COURSE_TAG": tag, "COMPOSE_FILE": files}
    with up("step02", "step04", root=root, environment=environment) as project:
        for step, template in (("02", "step02_http/page.html"), ("04", "step04_flask/templates/layout.html")):
            path = root / template
            path.write_text(path.read_text("utf-8").replace("<body>", "<body>changed just now"), "utf-8")
            url = f"http://127.0.0.1:{project.environ[f'STEP{step}_PORT']}/"
            assert comes_to_say(url, "changed just now"), step


def comes_to_say(url: str, words: str) -> bool:
    def says() -> bool:
        try:
            return words in requests.get(url, timeout=2).text
        except requests.RequestException:
            return False

    return eventually(says, 20)
