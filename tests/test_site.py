"""The site from outside, at every step: what is asked, from which step on, and what comes back."""

import re
import secrets
import time
from dataclasses import dataclass, field

import pytest

from tests.documents import ROOT
from tests.visitor import Stack, Visitor, eventually, on_steps, raw

PICTURE = ROOT / "step02_http" / "static" / "guestbook.png"


@dataclass(frozen=True)
class Row:
    """One row of the table of routes."""

    promise: str
    since: int
    path: str
    status: int
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    until: int = 7
    ask: dict[str, object] = field(default_factory=dict)


HTML = {"Content-Type": r"text/html; charset=utf-8"}
ROUTES = [
    Row("the page", 2, "/", 200, headers=HTML, body=r"(?s)^<!doctype html>.*<html lang=\"en\">.*Guest book"),
    Row("the page's head alone", 2, "/", 200, method="HEAD", headers=HTML, body="^$"),
    Row("a greeting in UTF-8", 2, "/hello?name=Zo%C3%AB", 200, headers=HTML, body="Zoë"),
    Row("a greeting with a plus", 2, "/hello?name=Ada+Lovelace", 200, body="Ada Lovelace"),
    Row(
        "the form",
        2,
        "/sign",
        200,
        headers=HTML,
        body=r'(?s)<form method="post" action="/guestbook">.*</form>',
    ),
    Row("an empty form", 2, "/guestbook", 400, method="POST", ask={"data": {"name": "", "message": ""}}),
    Row("an unknown page", 2, "/nowhere", 404, headers={"Content-Type": "text/"}),
    Row("no such file", 2, "/static/nothing.css", 404),
    Row("a wrong method", 2, "/", 405, method="DELETE", headers={"Allow": r"\bGET\b"}),
    Row("a wrong method for a form", 2, "/guestbook", 405, headers={"Allow": r"\bPOST\b"}),
    Row("many bytes", 2, "/download?bytes=300000", 200, headers={"Content-Length": "^300000$"}),
    Row("a computed page", 4, "/compute?rounds=2", 200, headers=HTML, body="2 rounds"),
    Row("the login form", 4, "/login", 200, headers=HTML, body=r'type="password"'),
    Row(
        "a forged form",
        4,
        "/guestbook",
        400,
        method="POST",
        ask={"data": {"name": "Eve", "message": "forged"}},
    ),
    Row(
        "a forged login",
        4,
        "/login",
        400,
        method="POST",
        ask={"data": {"name": "ada", "password": "analytical"}},
    ),
    Row("a logout asked for by a picture", 4, "/logout", 405, headers={"Allow": "POST"}),
    Row("who answers", 4, "/whoami", 200, headers={"Content-Type": "application/json"}),
    Row("alive", 4, "/healthz", 200),
    Row("ready", 4, "/readyz", 200),
    Row("a compressed page", 5, "/", 200, headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}),
    Row(
        "whether the page was cached",
        5,
        "/",
        200,
        headers={"X-Cache-Status": "MISS|HIT|EXPIRED|UPDATING|STALE"},
    ),
    Row(
        "HSTS for a real name",
        6,
        "/",
        200,
        ask={"headers": {"Host": "app.lab.test"}},
        headers={"Strict-Transport-Security": r"max-age=\d+"},
    ),
    Row("no HSTS for localhost", 6, "/", 200, headers={"Strict-Transport-Security": "^$"}),
    Row("a strict policy", 6, "/", 200, headers={"Content-Security-Policy": r"default-src '(self|none)'"}),
]
CELLS = [(row, step) for row in ROUTES for step in range(row.since, row.until + 1)]


@pytest.mark.parametrize(
    ("row", "step"), CELLS, ids=lambda one: one.promise if isinstance(one, Row) else f"step0{one}"
)
def test_the_route_answers_as_the_table_says(stack: Stack, row: Row, step: int) -> None:
    with Visitor(stack, step) as visitor:
        answer = visitor.ask(row.method, row.path, **row.ask)
    assert answer.status_code == row.status
    for name, rule in row.headers.items():
        assert re.search(rule, answer.headers.get(name, "")), (name, dict(answer.headers))
    assert re.search(row.body, answer.content.decode("utf-8", "replace"))


@dataclass(frozen=True)
class Refusal:
    """Bytes that no HTTP library would send, and the status that they earn at these steps."""

    promise: str
    sent: bytes
    status: int
    steps: tuple[int, ...]


GET, POST, HOST = (
    b"GET / HTTP/1.1\r\n",
    b"POST /guestbook HTTP/1.1\r\n",
    b"Host: 127.0.0.1\r\nConnection: close\r\n",
)
END = b"\r\n"
LONG = b"a" * 40_000
EVERY = (2, 3, 4, 5, 6, 7)
OUR_OWN_AND_NGINX = (2, 3, 5, 6, 7)
REFUSALS = [
    Refusal("no HTTP", b"NONSENSE" + END + END, 400, EVERY),
    Refusal("no host", GET + END, 400, OUR_OWN_AND_NGINX),
    Refusal("two lengths", POST + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, EVERY),
    Refusal("a long address", b"GET /" + LONG + b" HTTP/1.1\r\n" + HOST + END, 414, OUR_OWN_AND_NGINX),
    Refusal("a long field", GET + HOST + b"X: " + LONG + LONG + END + END, 431, (2, 3, 5)),
    Refusal("a huge body", POST + HOST + b"Content-Length: 99999999999\r\n\r\n", 413, (2, 3, 5)),
    Refusal("an unknown method", b"BREW / HTTP/1.1\r\n" + HOST + END, 501, (2, 3)),
    Refusal("a version of the future", b"GET / HTTP/3.0\r\n" + HOST + END, 505, OUR_OWN_AND_NGINX),
]


@pytest.mark.parametrize(
    ("refusal", "step"),
    [(refusal, step) for refusal in REFUSALS for step in refusal.steps],
    ids=lambda one: one.promise if isinstance(one, Refusal) else f"step0{one}",
)
def test_a_bad_request_earns_its_status_and_ends_nothing(stack: Stack, refusal: Refusal, step: int) -> None:
    answer = raw(stack.port(step), refusal.sent, enough=b"\r\n\r\n")
    assert re.match(rf"HTTP/1\.[01] {refusal.status} ".encode(), answer), answer[:200]
    with Visitor(stack, step) as visitor:
        assert visitor.ask("GET", "/").status_code == 200


@on_steps(1, 1)
@pytest.mark.parametrize("sent", [b"hello\n", b"GET /nowhere HTTP/1.1\r\n\r\n", b"\x00\xff"], ids=repr)
def test_any_bytes_get_the_page_and_nothing_else(stack: Stack, step: int, sent: bytes) -> None:
    answer = raw(stack.port(step), sent)
    assert answer.startswith(b"<!doctype html>")
    assert answer.rstrip().endswith(b"</html>")
    assert answer == raw(stack.port(step), b"anything else")


@on_steps(2)
def test_an_entry_is_signed_and_stands_on_the_page(stack: Stack, step: int) -> None:
    name = f"Zoë {secrets.token_hex(4)}"
    with Visitor(stack, step) as visitor:
        answer = visitor.send_form("/sign", "/guestbook", name=name, message="Grüße & ☃")
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/"
    with Visitor(stack, step) as somebody:
        assert eventually(lambda: name in somebody.ask("GET", "/").content.decode())


@on_steps(2)
@pytest.mark.parametrize(
    "fields", [{"name": "n" * 41, "message": "m"}, {"name": "n", "message": "m" * 281}], ids=list
)
def test_too_long_an_entry_is_refused_with_the_form(stack: Stack, step: int, fields: dict[str, str]) -> None:
    with Visitor(stack, step) as visitor:
        answer = visitor.send_form("/sign", "/guestbook", **fields)
    assert answer.status_code == 400
    assert 'action="/guestbook"' in answer.text


@on_steps(2)
def test_the_page_names_a_style_sheet_and_a_picture_that_are_there(stack: Stack, step: int) -> None:
    with Visitor(stack, step) as visitor:
        page = visitor.ask("GET", "/").text
        sheet = re.search(r'<link rel="stylesheet" href="([^"]+)"', page)
        picture = re.search(r'<img src="([^"]+)"', page)
        assert sheet
        assert picture
        css, png = visitor.ask("GET", sheet[1]), visitor.ask("GET", picture[1])
    assert (css.status_code, css.headers["Content-Type"].split(";")[0]) == (200, "text/css")
    assert (png.status_code, png.headers["Content-Type"]) == (200, "image/png")
    assert png.content == PICTURE.read_bytes()


@on_steps(5)
def test_a_file_with_a_fingerprint_may_be_kept_for_long_and_has_a_tag(stack: Stack, step: int) -> None:
    with Visitor(stack, step) as visitor:
        sheet = re.search(r'<link rel="stylesheet" href="([^"]+)"', visitor.ask("GET", "/").text)
        assert sheet
        assert re.search(r"[0-9a-f]{8,}", sheet[1])
        first = visitor.ask("GET", sheet[1])
        assert "immutable" in first.headers["Cache-Control"]
        again = visitor.ask("GET", sheet[1], headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


TRAVERSALS = [
    "/static/../__init__.py",
    "/static/%2e%2e/__init__.py",
    "/static/..%2f__init__.py",
    "/static//etc/passwd",
]


@on_steps(2, 5)
@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_out_of_the_folder_of_files(stack: Stack, step: int, path: str) -> None:
    asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    answer = raw(stack.port(step), asked.encode())
    # Flask sends doubled slashes on to the address without them.
    assert re.match(rb"HTTP/1\.[01] (308|400|403|404) ", answer), answer[:200]


@on_steps(2)
def test_a_slow_page_answers_after_its_time(stack: Stack, step: int) -> None:
    with Visitor(stack, step) as visitor:
        began = time.monotonic()
        assert visitor.ask("GET", "/slow?seconds=0.3").status_code == 200
        assert time.monotonic() - began >= 0.3


@on_steps(4)
def test_whoami_says_who_answers_and_to_whom(stack: Stack, step: int) -> None:
    with Visitor(stack, step) as visitor:
        told = visitor.ask("GET", "/whoami").json()
    assert set(told) >= {"step", "host", "pid", "scheme", "client", "forwarded", "served_by"}
    assert told["step"].startswith(f"step0{step}")
    assert told["scheme"] == ("https" if step >= 6 else "http")
    assert told["client"] == "127.0.0.1"


@on_steps(5)
def test_a_forged_address_or_scheme_is_not_believed(stack: Stack, step: int) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Host": "evil.example",
    }
    with Visitor(stack, step) as visitor:
        answer = visitor.ask("GET", "/whoami", headers=forged)
    assert answer.json()["client"] == "127.0.0.1"
    assert answer.json()["scheme"] in ("http", "https")
    assert not any(value in answer.text for value in forged.values())


@on_steps(2)
def test_an_anonymous_visit_sets_no_cookie(stack: Stack, step: int) -> None:
    with Visitor(stack, step) as visitor:
        assert "Set-Cookie" not in visitor.ask("GET", "/").headers


@on_steps(4)
def test_a_visitor_logs_in_is_greeted_and_logs_out(stack: Stack, step: int) -> None:
    with Visitor(stack, step) as visitor:
        answer = visitor.log_in()
        assert answer.status_code == 303
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert ("Secure" in cookie) is (step >= 6)
        first, second = visitor.ask("GET", "/").text, visitor.ask("GET", "/").text
        assert "Welcome back, ada. Visit 1." in first
        assert "Welcome back, ada. Visit 2." in second
        assert visitor.send_form("/", "/logout").status_code == 303
        assert "Welcome back" not in visitor.ask("GET", "/").text


@on_steps(4)
def test_a_wrong_password_opens_nothing(stack: Stack, step: int) -> None:
    with Visitor(stack, step) as visitor:
        assert visitor.log_in(password="guessed").status_code in (400, 401, 403)
        assert "Welcome back" not in visitor.ask("GET", "/").text


def test_every_step_has_a_cookie_of_its_own_because_cookies_ignore_ports(stack: Stack) -> None:
    names = []
    for step in range(4, 8):
        with Visitor(stack, step) as visitor:
            names.append(visitor.log_in().headers["Set-Cookie"].partition("=")[0].removeprefix("__Host-"))
    assert len(set(names)) == 4
    assert names == [f"step0{step}_session" for step in range(4, 8)]


@on_steps(6)
@pytest.mark.parametrize("path", ["/", "/hello?name=ada", "/static/nothing.css"])
def test_plain_http_is_sent_on_to_https(stack: Stack, step: int, path: str) -> None:
    asked = f"GET {path} HTTP/1.1\r\nHost: localhost:{stack.port(step)}\r\nConnection: close\r\n\r\n"
    answer = raw(stack.port(step), asked.encode()).decode()
    assert answer.startswith("HTTP/1.1 301 ")
    location = re.search(r"(?im)^location: (https://\S+)", answer)
    assert location
    assert location[1].endswith(path)


@on_steps(6)
def test_the_certificate_is_signed_by_the_local_authority_and_no_other_is_believed(
    stack: Stack, step: int
) -> None:
    with Visitor(stack, step) as visitor:
        assert visitor.ask("GET", "/").status_code == 200
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            visitor.ask("GET", "/", verify=True)


def test_the_seven_pages_differ_only_in_what_the_step_is(stack: Stack) -> None:
    """Figures compare only if every step serves the same page."""
    shapes = set()
    for step in range(2, 8):
        with Visitor(stack, step) as visitor:
            page = visitor.ask("GET", "/").text
        assert f"<title>Guest book · Step 0{step}</title>" in page
        header = re.sub(r'"/static/[^"]+"', '"/static/"', page[page.index("<head>") : page.index("<nav")])
        shapes.add(re.sub(r"Step 0\d( · [^<]+)?", "Step", header).replace("\n", ""))
    assert len(shapes) == 1, shapes


def test_all_routes_of_the_table_are_asked_at_some_step() -> None:
    assert {row.since for row in ROUTES} == {2, 4, 5, 6}
    assert PICTURE.exists()
