"""The site by https: the way there, what it asks of browsers, and its cookie."""

import http.client
import re
import ssl
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from launcher.sites import Site
from step05_nginx.tests.edge import Answer, ask


def ask_securely(
    site: Site,
    path: str,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    body: str | None = None,
) -> Answer:
    context = ssl.create_default_context(cafile=site.root_certificate)
    connection = http.client.HTTPSConnection("localhost", site.ports["https"], timeout=10, context=context)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, answer.msg, answer.read())
    finally:
        connection.close()


def log_in(site: Site) -> Answer:
    form = ask_securely(site, "/login")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.body.decode())
    assert token
    headers = {
        "Cookie": form["Set-Cookie"].split(";")[0],
        "Content-Type": "application/x-www-form-urlencoded",
        "Referer": f"{site.https}/login",
    }
    return ask_securely(
        site, "/login", headers, "POST", f"csrf_token={token[1]}&name=ada&password=analytical"
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "app.lab.test", "shop.localhost", "[::1]"])
@pytest.mark.parametrize("path", ["/", "/sign?a=1&b=%2F", "//bank.example/"])
def test_http_leads_to_https_at_the_same_name(site: Site, host: str, path: str) -> None:
    answer = ask(site.ports["http"], path, {"Host": f"{host}:{site.ports['http']}"})
    assert answer.status == 301
    assert answer["Location"] == f"https://{host}:{site.ports['https']}{path}"


@pytest.mark.parametrize(
    "host",
    [
        "bank.example",
        "localhost.bank.example",
        "evillab.test",
        "127.0.0.1.bank.example",
        "localhost@bank.example",
    ],
)
def test_a_foreign_host_is_not_repeated_in_a_redirect(site: Site, host: str) -> None:
    answer = ask(site.ports["http"], "/", {"Host": host})
    assert answer.status in (400, 421)
    assert "Location" not in answer.headers


def test_a_login_by_http_is_not_taken(site: Site) -> None:
    answer = ask(site.ports["http"], "/login", method="POST", body=b"name=ada&password=analytical")
    assert answer.status == 301


def test_the_app_knows_that_the_visitor_came_by_https(site: Site) -> None:
    told = ask_securely(site, "/whoami", {"X-Forwarded-Proto": "http"}).body
    assert b'"scheme":"https"' in told


EVERYWHERE = ["/", "/sign", "/nothing", "/static/style.css", "/static/gone.css", "/slow?seconds=x", "/gzip/x"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_asks_the_browser_to_be_careful(site: Site, path: str) -> None:
    answer = ask_securely(site, path, {"Host": "app.lab.test"})
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert answer["Strict-Transport-Security"] == "max-age=63072000"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Permissions-Policy"]
    for name in ("Content-Security-Policy", "Strict-Transport-Security", "X-Request-ID"):
        assert len(answer.headers.get_all(name) or []) == 1


def test_also_nginx_own_refusals_and_unchanged_files_do(site: Site) -> None:
    refused = ask_securely(site, "/guestbook", method="POST", body="x" * 70_000)
    assert (refused.status, bool(refused["Content-Security-Policy"])) == (413, True)
    etag = ask_securely(site, "/static/style.css")["ETag"]
    unchanged = ask_securely(site, "/static/style.css", {"If-None-Match": etag})
    assert (unchanged.status, bool(unchanged["Content-Security-Policy"])) == (304, True)


def test_hsts_is_said_by_https_only(site: Site) -> None:
    by_http = ask(site.ports["http"], "/", {"Host": "app.lab.test"})
    assert "Strict-Transport-Security" not in by_http.headers


@pytest.mark.parametrize("host", ["localhost", "shop.localhost", "127.0.0.1", "[::1]"])
def test_hsts_is_not_said_where_it_would_bind_other_projects_of_this_machine(site: Site, host: str) -> None:
    answer = ask_securely(site, "/", {"Host": f"{host}:{site.ports['https']}"})
    assert answer.status == 200
    assert "Strict-Transport-Security" not in answer.headers


def test_the_pages_have_nothing_that_the_policy_forbids(site: Site) -> None:
    for path in ("/", "/sign", "/login", "/nothing", "/static/gone.css"):
        page = ask_securely(site, path).body.decode()
        assert "<main>" in page
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page)
        for address in re.findall(r'(?:src|href|action)="([^"]*)"', page):
            assert re.match(r"/(?!/)", address), address


def test_a_login_works_and_its_cookie_is_for_https_only(site: Site) -> None:
    login = log_in(site)
    assert login.status == 303
    cookie = login["Set-Cookie"]
    assert cookie.startswith("__Host-step06_session=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie.split("; ")
    assert "Domain" not in cookie  # or no browser would take a cookie of that name
    page = ask_securely(site, "/", {"Cookie": cookie.split(";")[0]})
    assert b"Welcome back, ada" in page.body
    assert page["X-Cache-Status"] == "BYPASS"


def test_hsts_makes_curl_use_https_from_the_second_visit_on(
    site: Site, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    base = [needs("curl"), "-q", "-s", "-o", "/dev/null", "-w", "%{scheme} %{http_code}"]
    base += ["--hsts", str(tmp_path / "hsts"), "--cacert", str(site.root_certificate)]
    for port, target in ((80, "http"), (443, "https")):
        base += ["--connect-to", f"app.lab.test:{port}:127.0.0.1:{site.ports[target]}"]

    def visit(url: str) -> str:
        return subprocess.run([*base, url], capture_output=True, text=True, check=True).stdout.upper()

    assert visit("http://app.lab.test/healthz") == "HTTP 301"
    assert visit("https://app.lab.test/healthz") == "HTTPS 200"
    assert visit("http://app.lab.test/healthz") == "HTTPS 200"
