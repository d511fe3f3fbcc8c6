"""Certificates by ACME: certbot asks pebble, nginx shows the proof, and serves what was issued."""

import configparser
import os
import re
import shlex
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from pathlib import Path

import psutil
import pytest
from cryptography import x509

from launcher import running
from launcher.readiness import get, only
from launcher.sites import Site
from step05_nginx.tests.edge import ROOT, ask, nginx_program
from step06_tls import certificates
from step06_tls.certbot import authority, edge, names
from step06_tls.certbot.client import Client

NAME = "app.lab.test"
pytestmark = pytest.mark.timeout(150)


@pytest.fixture(scope="module")
def pebble(needs: Callable[[str], str]) -> str:
    """The authority; certbot is beside the interpreter."""
    needs("certbot")
    return needs("pebble")


@pytest.fixture(scope="module")
def site(pebble: str) -> Iterator[Site]:
    """Step 06 with a scratch folder of its own, since its certificate changes."""
    nginx_program()
    with running("step06", root=ROOT) as sites:
        yield sites["step06"]


@pytest.fixture
def issued(site: Site) -> Site:
    """The same, with a certificate of pebble's; issued only if another test has not left one."""
    if not (site.run / "step06" / "acme" / "root.pem").exists():
        done = command(site.run, "certificate")
        assert done.returncode == 0, done.stderr
        assert f"step06 was reloaded and serves: {NAME}, by Pebble Intermediate CA" in done.stdout
    return site


@pytest.fixture
def local(site: Site) -> Site:
    """The same, with a certificate of the local authority."""
    if (site.run / "step06" / "acme" / "root.pem").exists():
        assert command(site.run, "local").returncode == 0
    return site


def command(run: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "step06_tls.certbot", *words],
        cwd=ROOT,
        env={**os.environ, "RUN": str(run), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def served(site: Site) -> x509.Certificate:
    return edge.running(site.run)[0].served()


def visit(site: Site, trusted: Path, name: str = NAME) -> int:
    """A page, by the name, from a client that trusts this file and nothing else."""
    context = ssl.create_default_context(cafile=trusted)
    connection = connect(site, context, name)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        return connection.getresponse().status
    finally:
        connection.close()


def connect(site: Site, context: ssl.SSLContext, name: str = NAME) -> HTTPSConnection:
    """To this machine, whatever the name's address is; the name is what the certificate is judged by."""
    connection = HTTPSConnection(name, site.ports["https"], timeout=20, context=context)
    plain = socket.create_connection(("127.0.0.1", site.ports["https"]), timeout=20)
    connection.sock = context.wrap_socket(plain, server_hostname=name)
    return connection


def test_what_was_issued_is_served_and_stands_below_the_authoritys_root(issued: Site) -> None:
    acme = issued.run / "step06" / "acme"
    assert visit(issued, acme / "root.pem") == 200
    lineage = acme / "certbot" / "config" / "live" / "site" / "fullchain.pem"
    assert served(issued) == x509.load_pem_x509_certificate(lineage.read_bytes())
    # For this name and by this authority only.
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        visit(issued, acme / "root.pem", "localhost")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        visit(issued, issued.root_certificate)
    # The key is for its owner, and nothing of the proof is left.
    assert (issued.run / "step06" / "tls" / "privkey.pem").stat().st_mode & 0o077 == 0
    assert [path for path in (acme / "webroot").rglob("*") if path.is_file()] == []


def test_the_authority_came_to_nginx_for_the_proof(issued: Site) -> None:
    log = issued.log("step06-nginx").replace(" ", "").splitlines()
    asked = [line for line in log if "/.well-known/acme-challenge/" in line and "Pebble-VA" in line]
    assert any('"status":200' in line for line in asked), log


def test_to_renew_brings_another_certificate_with_another_key(issued: Site) -> None:
    before = served(issued)
    done = command(issued.run, "renew")
    assert done.returncode == 0, done.stderr
    after = served(issued)
    assert after != before
    assert after.public_key() != before.public_key()
    assert visit(issued, issued.run / "step06" / "acme" / "root.pem") == 200


def test_a_start_leaves_it_alone_and_the_launcher_takes_it_for_ours(issued: Site) -> None:
    before = certificates.installed(issued.run)
    certificates.ensure(issued.run)
    assert certificates.installed(issued.run) == before
    context = only(issued.run / "step06" / "tls" / "fullchain.pem")
    get(HTTPSConnection("127.0.0.1", issued.ports["https"], timeout=20, context=context))


def test_a_proof_in_the_wrong_place_fails_clearly_and_leaves_the_certificate(
    site: Site, tmp_path: Path
) -> None:
    before = served(site)
    done = command(site.run, "certificate", "--webroot", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("certificate: unauthorized: ")
    assert f"http://{NAME}:{site.ports['http']}/.well-known/acme-challenge/" in done.stderr
    assert "returned 404; what was installed stays (all messages: " in done.stderr
    assert done.stderr.count("\n") == 1
    assert served(site) == before == certificates.installed(site.run)


def test_a_failed_renewal_leaves_the_certificate(issued: Site) -> None:
    before = served(issued)
    webroot = issued.run / "step06" / "acme" / "webroot"
    notes = issued.run / "step06" / "acme" / "certbot" / "config" / "renewal" / "site.conf"
    right = notes.read_text(encoding="utf-8")
    (webroot.parent / "elsewhere").mkdir(exist_ok=True)
    notes.write_text(right.replace(str(webroot), str(webroot.parent / "elsewhere")), encoding="utf-8")
    try:
        done = command(issued.run, "renew")
    finally:
        notes.write_text(right, encoding="utf-8")
    assert (done.returncode, "unauthorized" in done.stderr) == (1, True), done.stderr
    assert served(issued) == before


def test_the_timers_command_finds_nothing_to_do_before_time(issued: Site) -> None:
    """The very words of the systemd service; only the folders are this test's."""
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "step06_tls" / "certbot" / "certbot-renew.service")
    _, *words = shlex.split(unit["Service"]["ExecStart"])
    before = served(issued)
    done = certbot(issued, words)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert served(issued) == before


def certbot(site: Site, words: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    home = site.run / "step06" / "acme" / "certbot"
    folders = [word for kind in ("config", "work", "logs") for word in (f"--{kind}-dir", str(home / kind))]
    return subprocess.run(
        [str(Path(sys.executable).with_name("certbot")), *words, *folders, "--non-interactive"],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_for_lets_encrypt_are_ones_that_an_authority_grants(site: Site, tmp_path: Path) -> None:
    """Those of the document, but for the name, the webroot, the authority, and what only root may do."""
    text = (ROOT / "docs" / "lets-encrypt.md").read_text(encoding="utf-8")
    commands = re.findall(r"^sudo certbot (certonly .*)$", text, re.M)
    assert len(commands) == 2
    with authority.running(site.run, site.ports["http"], os.environ) as found:
        for command_line in commands:
            line = command_line.replace("www.example.org", NAME)
            line = line.replace("/var/www/acme", str(site.run / "step06" / "acme" / "webroot"))
            line = re.sub(r"'nginx -t [^']*'", f"'touch {tmp_path}/hook'", line)
            words = [*shlex.split(line), "--server", found.directory, "--cert-name", "documented"]
            done = certbot(site, words, REQUESTS_CA_BUNDLE=str(found.trusted))
            assert done.returncode == 0, done.stderr
            assert (tmp_path / "hook").exists() == ("--deploy-hook" in line)


def test_the_way_back_leads_to_the_local_authority(issued: Site) -> None:
    done = command(issued.run, "local")
    assert (done.returncode, done.stderr) == (0, "")
    assert visit(issued, issued.root_certificate, "localhost") == 200
    nothing = command(issued.run, "renew")
    assert nothing.stderr == "renew: there is nothing to renew; get a certificate first: make certificate\n"


def test_renewal_under_load_loses_no_request(site: Site, tmp_path: Path) -> None:
    """First from whatever is served, then again: two reloads with another certificate each."""
    client, counts, ended = Client(site.run, os.environ), Counter[str](), threading.Event()
    seen = {served(site).serial_number}
    with authority.running(site.run, site.ports["http"], os.environ) as found:
        trusted = tmp_path / "roots.pem"
        found.save_root(trusted)
        before = (site.run / "step06" / "acme" / "root.pem", site.root_certificate)
        with trusted.open("ab") as file:
            file.write(b"".join(path.read_bytes() for path in before if path.exists()))
        visitors = [
            threading.Thread(target=ask_on_and_on, args=(site, trusted, kept, counts, ended))
            for kept in (True, False)
        ]
        for visitor in visitors:
            visitor.start()
        try:
            for first in (True, False):
                client.issue(found, NAME, client.webroot) if first else client.renew(found)
                fresh = certificates.installed(site.run)
                assert edge.running(site.run)[0].comes_to_serve(fresh)
                seen.add(fresh.serial_number)
        finally:
            ended.set()
            for visitor in visitors:
                visitor.join(30)
        found.save_root(site.run / "step06" / "acme" / "root.pem")
    assert len(seen) == 3
    assert set(counts) == {"kept 200", "new 200"}, counts
    assert min(counts.values()) > 50, counts


def ask_on_and_on(site: Site, root: Path, kept: bool, counts: Counter[str], ended: threading.Event) -> None:
    """One visitor, on one connection or on a new one each time; hardly ever idle."""
    context = ssl.create_default_context(cafile=root)
    how, connection = ("kept", connect(site, context)) if kept else ("new", None)
    while not ended.is_set():
        try:
            mine = connection or connect(site, context)
            mine.request("GET", "/static/style.css", headers={"Host": NAME})
            answer = mine.getresponse()
            answer.read()
            counts[f"{how} {answer.status}"] += 1
            if not kept or answer.will_close:
                mine.close()
                connection = connect(site, context) if kept else None
        except (OSError, ssl.SSLError) as error:
            counts[f"{how} {type(error).__name__}"] += 1
            connection = connect(site, context) if kept else None
        time.sleep(0.002)
    if connection:
        connection.close()


def test_without_a_running_step_it_says_so_in_one_line(tmp_path: Path) -> None:
    done = command(tmp_path, "certificate")
    assert done.returncode == 1
    assert done.stderr == (
        "certificate: step06 does not run, so nothing would answer the authority; start it: make step06\n"
    )


def test_without_pebble_it_names_the_package(site: Site) -> None:
    done = command(site.run, "certificate", PEBBLE="no-such-pebble")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "certificate: no program no-such-pebble here; on Debian and Ubuntu: sudo apt"
    )
    assert done.stderr.count("\n") == 1


def test_a_pebble_that_does_not_start_is_one_line_with_its_last_word(site: Site, tmp_path: Path) -> None:
    broken = tmp_path / "pebble"
    broken.write_text("#!/bin/sh\necho no luck today\nexit 3\n", encoding="utf-8")
    broken.chmod(0o755)
    done = command(site.run, "certificate", PEBBLE=str(broken))
    assert done.returncode == 1
    assert done.stderr == "certificate: the authority does not start: no luck today\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_it_ends(local: Site, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "step06_tls.certbot", "certificate"],
        cwd=ROOT,
        env={**os.environ, "RUN": str(local.run)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline().startswith(b"pebble answers at ")
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == {2: 130, 15: 143, 9: -9}[number]
    eventually_gone(local.run)
    assert visit(local, local.root_certificate, "localhost") == 200


def eventually_gone(run: Path) -> None:
    """Neither the authority nor certbot."""
    deadline = time.monotonic() + 20
    while left := [line for line in map(command_line, psutil.process_iter()) if is_ours(line, run)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def is_ours(line: str, run: Path) -> bool:
    return f"{run}/step06/acme" in line


@pytest.mark.parametrize(
    ("kind", "found"), [(1, b"\x00\x04\x7f\x00\x00\x01"), (28, b""), (257, b"")], ids=["A", "AAAA", "CAA"]
)
def test_every_name_has_the_address_of_this_machine_and_nothing_else(kind: int, found: bytes) -> None:
    question = b"\x03app\x03lab\x04test\x00" + struct.pack("!HH", kind, 1)
    query = struct.pack("!6H", 4711, 0x0100, 1, 0, 0, 1) + question + b"an additional record"
    answer = names.answer(query)
    number, flags, *counts = struct.unpack("!6H", answer[:12])
    assert (number, flags & 0x800F, counts) == (4711, 0x8000, [1, int(bool(found)), 0, 0])
    assert answer[12:].startswith(question)
    assert answer.endswith(found or question)


@pytest.mark.parametrize("noise", [b"", b"x" * 11, b"\xff" * 40])
def test_what_is_no_query_is_not_answered(noise: bytes) -> None:
    with pytest.raises(ValueError, match="."):
        names.answer(noise)


def test_plain_http_shows_proofs_and_nothing_else(site: Site) -> None:
    webroot = site.run / "step06" / "acme" / "webroot" / ".well-known" / "acme-challenge"
    webroot.mkdir(parents=True, exist_ok=True)
    (webroot / "token").write_text("token.thumbprint", encoding="ascii")
    try:
        answer = ask(site.ports["http"], "/.well-known/acme-challenge/token", {"Host": NAME})
    finally:
        (webroot / "token").unlink()
    assert (answer.status, answer.body, answer["Content-Type"][:10]) == (
        200,
        b"token.thumbprint",
        "text/plain",
    )
    for path in ("", "../../root.pem", "gone", "%2e%2e/%2e%2e/%2e%2e/pebble/own-key.pem"):
        refused = ask(site.ports["http"], f"/.well-known/acme-challenge/{path}", {"Host": NAME})
        assert refused.status in (301, 400, 403, 404), path
        assert b"BEGIN" not in refused.body
