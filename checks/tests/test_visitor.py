"""The visitor: cookies, forms and the parts of a page, as a browser has them."""

import socket

from checks.site import Site
from checks.target import Target
from checks.tests.stub import page, saying, stub
from checks.visitor import forms, parts

LOGIN = """<link rel="stylesheet" href="/a.css"><img src="/b.png" alt=""><link rel="icon" href="/c.png">
<form method="post" action="/logout"><input name="t" value="1"></form>
<form method="post" action="/login"><input name="csrf_token" value="&amp;x"><input name="name">
<textarea name="message"></textarea><button>Go</button></form>"""


def site_at(target: Target) -> Site:
    return Site(target, bound=5.0)


def test_forms_are_found_with_what_they_hold() -> None:
    first, second = forms(LOGIN)
    assert (first.action, first.fields) == ("/logout", {"t": "1"})
    assert (second.action, second.fields) == ("/login", {"csrf_token": "&x", "name": "", "message": ""})


def test_the_parts_of_a_page_are_its_style_sheets_and_pictures() -> None:
    assert parts(LOGIN) == [("link", "/a.css"), ("img", "/b.png")]


def test_cookies_are_kept_sent_and_dropped() -> None:
    seen: list[bytes] = []
    answers = iter(
        [
            page("", "Set-Cookie: a=1; HttpOnly", "Set-Cookie: b=2"),
            page("", "Set-Cookie: a=; Max-Age=0"),
            page(""),
        ]
    )

    def behave(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(next(answers))

    with stub(behave) as target, site_at(target) as site:
        visitor = site.visitor()
        for _ in range(3):
            visitor.get("/")
    assert b"Cookie" not in seen[0]
    assert b"\r\nCookie: a=1; b=2\r\n" in seen[1]
    assert b"\r\nCookie: b=2\r\n" in seen[2]


def test_a_form_is_sent_with_its_hidden_fields() -> None:
    seen: list[bytes] = []

    def behave(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(page(LOGIN))

    with stub(behave) as target, site_at(target) as site:
        assert site.visitor().fill_in("/login", "/login", name="Zoë") is not None
        assert site.visitor().fill_in("/login", "/nowhere") is None
    assert seen[1].endswith(b"\r\n\r\ncsrf_token=%26x&name=Zo%C3%AB&message=")


def test_an_answer_without_forms_has_none() -> None:
    with stub(saying(page("hello"))) as target, site_at(target) as site:
        assert site.visitor().log_in() is None
        assert site.visitor().sign("hi") is None
        assert not site.visitor().is_logged_in()
