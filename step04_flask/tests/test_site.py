"""The site called as a function: no server, no socket."""

import base64
import json
import re
import time
from collections.abc import Iterator

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from step04_flask.app import create_app
from step04_flask.guestbook import Entry, MemoryGuestbook

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture
def app() -> Flask:
    return create_app({"SECRET_KEY": "the key of these tests"})


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def submit(client: FlaskClient, page: str, to: str, **fields: str) -> TestResponse:
    """Open the page and send its form, as a browser would."""
    token = TOKEN.search(client.get(page).text)
    assert token is not None, f"{page} has no form with a token"
    return client.post(to, data={**fields, "csrf_token": token[1]})


def log_in(client: FlaskClient, name: str = "ada", password: str = "analytical") -> TestResponse:
    return submit(client, "/login", "/login", name=name, password=password)


def session_cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie("step04_session")
    assert cookie is not None
    return cookie.value


# Pages


def test_the_front_page_names_the_step_and_who_served_it(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.content_type == "text/html; charset=utf-8"
    assert "Step 04 · Flask" in page.text
    assert re.search(r"Served by <b>[^<]+</b>, process <b>\d+</b>", page.text)
    assert "No entries yet" in page.text


def test_an_anonymous_visit_sets_no_cookie_and_may_be_cached(client: FlaskClient) -> None:
    page = client.get("/")
    assert "Set-Cookie" not in page.headers
    assert "Cache-Control" not in page.headers


def test_a_signed_entry_is_on_the_page_newest_first(client: FlaskClient) -> None:
    submit(client, "/sign", "/guestbook", name="Zoë", message="first")
    answer = submit(client, "/sign", "/guestbook", name="Ada", message="second")
    assert (answer.status_code, answer.location) == (303, "/")
    page = client.get("/").text
    assert page.index("second") < page.index("first")
    assert "Zoë" in page


def test_only_the_newest_fifty_are_shown() -> None:
    book = MemoryGuestbook()
    for number in range(60):
        book.sign(Entry("n", f"entry-{number:02}."))
    page = create_app(guestbook=book).test_client().get("/").text
    assert page.count('<p class="message">') == 50
    assert "entry-10." in page
    assert "entry-09." not in page


def test_the_greeting_is_decoded_and_escaped(client: FlaskClient) -> None:
    assert "Hello, Zoë!" in client.get("/hello?name=Zo%C3%AB").text
    assert "Hello, stranger!" in client.get("/hello").text
    assert "<b>" not in client.get("/hello?name=<b>x").text.split("<footer>")[0]


def test_a_stored_script_is_shown_as_text_and_not_run(client: FlaskClient) -> None:
    submit(client, "/sign", "/guestbook", name="<i>m</i>", message="<script>alert(1)</script>")
    page = client.get("/").text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;i&gt;m&lt;/i&gt;" in page


@pytest.mark.parametrize(
    ("name", "message", "sentence"),
    [
        ("", "hello", "Please write your name."),
        (" \t", "hello", "Please write your name."),
        ("Ada", "", "Please write a message."),
        ("x" * 41, "hello", "A name has at most 40 characters."),
        ("Ada", "x" * 281, "A message has at most 280 characters."),
    ],
)
def test_a_form_with_a_mistake_comes_back_with_a_sentence(
    client: FlaskClient, name: str, message: str, sentence: str
) -> None:
    answer = submit(client, "/sign", "/guestbook", name=name, message=message)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert message in answer.text


def test_characters_are_counted_and_not_bytes(client: FlaskClient) -> None:
    message = "ë" * 278 + "\r\n" + "ë"  # A line break is one character to the person who types it.
    assert submit(client, "/sign", "/guestbook", name="ë" * 40, message=message).status_code == 303


def test_every_page_is_one_that_a_strict_content_security_policy_accepts(client: FlaskClient) -> None:
    log_in(client)
    for path in ("/", "/sign", "/login", "/hello", "/nowhere"):
        page = client.get(path).text
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page), path


# Forged forms


def test_a_form_made_by_another_site_is_refused(client: FlaskClient) -> None:
    client.get("/sign")
    for path in ("/guestbook", "/login", "/logout"):
        answer = client.post(path, data={"name": "mallory", "message": "forged", "password": "x"})
        assert answer.status_code == 400
        assert "This form was not made by this site for you" in answer.text
    assert "forged" not in client.get("/").text


def test_a_token_made_for_one_visitor_is_refused_from_another(app: Flask) -> None:
    mine, theirs = app.test_client(), app.test_client()
    token = TOKEN.search(mine.get("/sign").text)
    assert token is not None
    theirs.get("/sign")
    fields = {"name": "m", "message": "forged", "csrf_token": token[1]}
    assert theirs.post("/guestbook", data=fields).status_code == 400
    assert mine.post("/guestbook", data=fields).status_code == 303


# Sessions


def test_a_login_is_welcomed_and_its_visits_counted(client: FlaskClient) -> None:
    answer = log_in(client)
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Welcome back, ada. Visit 1." in client.get("/").text
    second = client.get("/")
    assert "Welcome back, ada. Visit 2." in second.text
    assert second.headers["Cache-Control"] == "private"
    assert second.headers["Vary"] == "Cookie"


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("nobody", "x"), ("", "x"), ("ada", "")])
def test_a_wrong_login_is_refused(client: FlaskClient, name: str, password: str) -> None:
    answer = log_in(client, name, password)
    assert answer.status_code in (400, 403)
    assert "Welcome" not in client.get("/").text


def test_a_name_without_account_costs_as_much_as_a_wrong_password(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def compare(known: str, password: str) -> bool:
        compared.append(known)
        return True

    monkeypatch.setattr("step04_flask.login.check_password_hash", compare)
    assert log_in(client, "nobody", "x").status_code == 403  # Even a match: there is no such account.
    assert compared[0].startswith("scrypt:")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(client: FlaskClient) -> None:
    cookie = log_in(client).headers["Set-Cookie"]
    assert cookie.startswith("step04_session=")
    assert "; HttpOnly" in cookie
    assert "; SameSite=Lax" in cookie
    assert "Secure" not in cookie  # There is no TLS yet; with it, the browser would never send the cookie.


def test_the_session_cookie_can_be_read_by_its_owner(client: FlaskClient) -> None:
    log_in(client)
    payload = session_cookie(client).split(".")[0]
    assert json.loads(base64.urlsafe_b64decode(payload + "==")) == {
        "name": "ada",
        "since": pytest.approx(time.time(), abs=60),
    }


def test_an_altered_cookie_is_no_session(client: FlaskClient) -> None:
    log_in(client)
    payload, rest = session_cookie(client).split(".", 1)
    forged = base64.urlsafe_b64encode(b'{"name":"root"}').decode().rstrip("=")
    for cookie in (f"{forged}.{rest}", f"{payload}.{rest[:-1]}{'A' if rest[-1] != 'A' else 'B'}A", "x"):
        client.set_cookie("step04_session", cookie)
        page = client.get("/")
        assert page.status_code == 200
        assert "Welcome" not in page.text


def test_a_login_takes_nothing_over_from_the_session_before_it(client: FlaskClient) -> None:
    client.get("/sign")
    planted = session_cookie(client)
    log_in(client)
    assert session_cookie(client) != planted
    with client.session_transaction() as session:
        assert set(session) == {"name", "since"}


def test_a_login_ends_after_half_an_hour_without_a_visit(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(client)
    began = time.time()
    for minutes, known in ((29, True), (58, True), (89, False)):  # each visit begins the half hour anew
        monkeypatch.setattr("time.time", lambda now=began + minutes * 60: now)
        assert ("Welcome back" in client.get("/").text) is known


def test_a_login_ends_after_twelve_hours_however_busy_whoever_has_the_cookie_is(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(client)
    began = time.time()
    for minutes in range(20, 12 * 60, 20):
        monkeypatch.setattr("time.time", lambda now=began + minutes * 60: now)
        assert "Welcome back" in client.get("/").text
    monkeypatch.setattr("time.time", lambda: began + 12 * 3600 + 2)
    page = client.get("/")
    assert (page.status_code, "Welcome back" in page.text) == (200, False)


def test_logging_out_forgets_the_visitor(client: FlaskClient) -> None:
    log_in(client)
    answer = submit(client, "/", "/logout")
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Welcome" not in client.get("/").text


def test_a_login_leads_nowhere_but_home(client: FlaskClient) -> None:
    token = TOKEN.search(client.get("/login?next=https://evil.example/").text)
    assert token is not None
    answer = client.post(
        "/login?next=https://evil.example/",
        data={"name": "ada", "password": "analytical", "csrf_token": token[1], "next": "//evil.example"},
    )
    assert answer.location == "/"


# Errors


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/", 405),
        ("GET", "/guestbook", 405),
        ("GET", "/logout", 405),
        ("DELETE", "/sign", 405),
        ("GET", "/slow?seconds=31", 400),
        ("GET", "/slow?seconds=-1", 400),
        ("GET", "/slow?seconds=nan", 400),
        ("GET", "/slow?seconds=soon", 400),
        ("GET", "/compute?rounds=101", 400),
        ("GET", "/compute?rounds=-1", 400),
        ("GET", "/download?bytes=1000000001", 400),
        ("GET", "/download?bytes=-1", 400),
        ("GET", "/download?bytes=1e3", 400),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/%2e%2e/site.py", 404),
    ],
)
def test_an_error_is_a_page_of_the_site(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert answer.content_type == "text/html; charset=utf-8"
    assert f'<p class="status">{status}</p>' in answer.text
    assert ("Allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500, 503])
def test_every_error_has_a_page_and_a_sentence(app: Flask, status: int) -> None:
    app.add_url_rule("/fail", view_func=lambda: abort(status))
    answer = app.test_client().get("/fail")
    assert answer.status_code == status
    assert re.search(rf'<p class="status">{status}</p>\n<h2>[^<]+</h2>\n<p>[^<]+\.</p>', answer.text)


def test_the_right_methods_are_named_by_a_405(client: FlaskClient) -> None:
    allowed = client.get("/guestbook").headers["Allow"]
    assert set(allowed.split(", ")) == {"POST", "OPTIONS"}


def test_a_form_larger_than_the_limit_is_refused(client: FlaskClient) -> None:
    answer = client.post("/guestbook", data={"message": "x" * 70_000})
    assert answer.status_code == 413
    assert "more than the site accepts" in answer.text


def test_a_mistake_of_the_app_is_an_error_page_without_its_details(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.extensions["guestbook"], "newest", lambda count: 1 / 0)
    answer = app.test_client().get("/")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert "The server made a mistake." in answer.text


def test_a_host_that_is_not_trusted_is_refused_where_hosts_are_named() -> None:
    client = create_app({"TRUSTED_HOSTS": ["localhost"]}).test_client()
    assert client.get("/", headers={"Host": "localhost:8004"}).status_code == 200
    refused = client.get("/", headers={"Host": "evil.example"})
    assert refused.status_code == 400
    assert '<p class="status">400</p>' in refused.text


# Instruments


def test_who_answered_and_what_a_proxy_claimed_can_be_read(client: FlaskClient) -> None:
    answer = client.get("/whoami", headers={"X-Forwarded-For": "203.0.113.9", "X-Request-ID": "abc"})
    said = answer.get_json()
    assert set(said) == {"step", "host", "pid", "scheme", "client", "forwarded", "served_by"}
    assert (said["step"], said["scheme"], said["client"]) == ("step04_flask", "http", "127.0.0.1")
    assert said["forwarded"] == {"X-Forwarded-For": "203.0.113.9", "X-Request-ID": "abc"}


def test_alive_does_not_depend_on_the_guest_book_and_ready_does(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)
    monkeypatch.setattr(app.extensions["guestbook"], "is_reachable", lambda: False)
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)


def test_a_download_has_the_length_it_announces(client: FlaskClient) -> None:
    for length in (0, 1, 65_536, 100_001):
        answer = client.get(f"/download?bytes={length}")
        assert answer.content_length == len(answer.data) == length


def test_a_computed_answer_comes(client: FlaskClient) -> None:
    assert "That took 3 rounds of counting." in client.get("/compute?rounds=3").text


def test_a_slow_answer_comes(client: FlaskClient) -> None:
    assert "That took 0.01 s." in client.get("/slow?seconds=0.01").text


# Static files


def test_a_static_file_that_the_browser_already_has_is_not_sent_again(client: FlaskClient) -> None:
    with client.get("/static/style.css") as first:
        assert (first.status_code, first.content_type) == (200, "text/css; charset=utf-8")
        assert "Vary" not in first.headers  # Nothing in it depends on the visitor.
        tag = first.headers["ETag"]
    with client.get("/static/style.css", headers={"If-None-Match": tag}) as again:
        assert (again.status_code, again.data) == (304, b"")
