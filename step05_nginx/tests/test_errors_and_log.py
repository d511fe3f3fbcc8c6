"""Whose error it is: nginx's own are readable, the app's pass as they are, and the log tells them apart."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.sites import Site
from step05_nginx import error_pages
from step05_nginx.prepare import prepare
from step05_nginx.tests import edge as edges
from step05_nginx.tests.edge import Edge, ask, exchange, wait_until


@pytest.fixture(scope="module")
def hasty(run: Path) -> Iterator[Edge]:
    """The same, but out of patience after 1 s instead of 10 s."""
    other = run / "h"
    (other / "step05").mkdir(parents=True)
    with (
        edges.stand_in(other / "step05" / "app.sock"),
        edges.nginx("step05", other, prepare, edges.hurried) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def deserted(run: Path) -> Iterator[Edge]:
    """nginx without an app."""
    with edges.nginx("step05", run / "d", prepare) as found:
        yield found


def test_without_an_app_nginx_says_502_and_still_serves_files(deserted: Edge) -> None:
    answer = ask(deserted.port, "/whoami")
    assert answer.status == 502
    assert b"the app behind it does not answer" in answer.body
    assert deserted.line(answer)["upstream_status"] == "502"
    assert ask(deserted.port, "/static/style.css").status == 200


def test_an_app_that_says_nothing_is_a_504(hasty: Edge) -> None:
    answer = ask(hasty.port, "/whoami?wait=2.5")
    assert answer.status == 504
    assert b"took too long" in answer.body
    assert hasty.line(answer)["upstream_status"] == "504"


def test_it_is_asked_only_once(hasty: Edge) -> None:
    ask(hasty.port, "/whoami?wait=2.2")
    assert edges.StandIn.asked["/whoami?wait=2.2"] == 1


def test_the_slow_route_has_more_patience(hasty: Edge) -> None:
    assert ask(hasty.port, "/slow?wait=1.5").status == 200


@pytest.mark.parametrize("status", [400, 404, 405, 413, 429, 500, 502, 503, 504])
def test_the_errors_of_the_app_are_not_touched(edge: Edge, status: int) -> None:
    answer = ask(edge.port, f"/x?status={status}&header_Retry-After=7&header_Allow=PUT")
    assert answer.status == status
    assert json.loads(answer.body)["path"].startswith("/x")
    assert answer.headers.get_all("Retry-After") == ["7"]
    assert answer.headers.get_all("Allow") == ["PUT"]
    assert edge.line(answer)["upstream_status"] == str(status)


def test_every_error_page_is_the_site_in_its_own_dress(edge: Edge) -> None:
    for status, (name, sentence) in error_pages.PAGES.items():
        page = (edge.folder / "errors" / f"{status}.html").read_text(encoding="utf-8")
        assert f'<p class="status">{status}</p>' in page
        assert name in page
        assert sentence in page
        assert "/static/style.css" in page


def test_the_error_pages_are_no_addresses(edge: Edge) -> None:
    assert ask(edge.port, "/error/413.html").status == 404


def test_nobody_learns_the_version(edge: Edge) -> None:
    for path in ("/", "/static/gone.css"):
        answer = ask(edge.port, path)
        assert answer["Server"] == "nginx"
        assert b"nginx/" not in answer.body


def test_an_unknown_method_is_for_the_app_to_refuse(sites: dict[str, Site]) -> None:
    answer = ask(sites["step05"].ports["http"], "/", method="BREW")
    assert answer.status == 405
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
def test_what_only_proxies_need_is_refused_here(edge: Edge, method: str) -> None:
    answer = exchange(edge.port, f"{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] in (b"400", b"405")


def test_who_sends_a_head_too_slowly_is_let_go(hasty: Edge) -> None:
    assert exchange(hasty.port, b"GET / HTTP/1.1\r\nHost: a\r\n") == b""


def test_who_owes_a_body_is_let_go_without_troubling_the_app(hasty: Edge) -> None:
    before = sum(edges.StandIn.asked.values())
    head = b"POST /guestbook HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nxx"
    assert exchange(hasty.port, head) == b""
    assert sum(edges.StandIn.asked.values()) == before


def test_pages_are_compressed_and_small_answers_are_not(edge: Edge) -> None:
    page = ask(edge.port, "/x?pad=2000", {"Accept-Encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page["Vary"]
    assert len(page.body) < 1000
    assert ask(edge.port, "/x?pad=2000")["Content-Encoding"] == ""
    assert ask(edge.port, "/x?pad=2000", {"Accept-Encoding": "gzip;q=0"})["Content-Encoding"] == ""


HOSTILE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x00" * 100 + b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /\xff\xfe\xc3\x28 HTTP/1.1\r\nHost: a\r\n\r\n",
    b'GET /"},{"id":"forged HTTP/1.1\r\nHost: a\r\n\r\n',
    b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: "\\\x01\xff\r\n\r\n',
    b'GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a"b\\c\r\n\r\n',
    b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /%ff%fe HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /static/%2e%2e/%2e%2e/secret_key HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://bank.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET @bank.example HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET //bank.example/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /guestbook HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /guestbook HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /guestbook HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /guestbook HTTP/1.1\r\nHost: a\r\nContent-Length: 1e3\r\n\r\n",
    b"POST /guestbook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"POST /guestbook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 12\r\n\r\nname=%ff&a=%",
    b"GET /hello?name=%ff%c0%80 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /slow?seconds=nan HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /slow?seconds=1e999 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /download?bytes=-1 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /download?bytes=99999999999999999999 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nCookie: step05_session=\xff\x00\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nCookie: step05_session=eyJhIjp7fX0.x.y; ;;;=\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-,0-,0-,0-\r\n\r\n",
    b"GET /static/style.css HTTP/1.1\r\nHost: a\r\nRange: bytes=99999999999999999999-\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + b"gzip," * 1000 + b"\r\n\r\n",
    b'GET / HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: yesterday\r\nIf-None-Match: "\r\n\r\n',
    b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: \xff, ,,\r\nX-Forwarded-Proto: gopher\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
    b"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\nContent-Length: 0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"DELETE /guestbook HTTP/1.1\r\nHost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


def test_no_hostile_request_ends_in_a_5xx_a_traceback_or_a_broken_log(sites: dict[str, Site]) -> None:
    site = sites["step05"]
    for request in HOSTILE:
        # A connection that stays open is silent once the answer is over.
        answer = exchange(site.ports["http"], request, seconds=0.3, until=b"</html>")
        # 501 and 505 are honest: nginx does not know this coding, or this version of HTTP.
        assert not re.match(rb"HTTP/1.1 5(?!01|05)", answer), (request, answer[:200])
        assert b"Traceback" not in answer
    wait_until(lambda: ask(site.ports["http"], "/healthz").status == 200)
    assert "Traceback" not in site.log("step05-app")
    lines = [line for line in site.log("step05-nginx").splitlines() if line.startswith("{")]
    assert len(lines) > len(HOSTILE) / 2
    for line in lines:
        assert json.loads(line)["id"] != "forged"
    # Read strictly: every byte of the log is UTF-8.
    (site.run / "logs" / "step05-nginx.log").read_bytes().decode("utf-8")
