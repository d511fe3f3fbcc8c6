"""The page that is kept for one second, and for whom it is not."""

import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.sites import Site
from step05_nginx.prepare import prepare
from step05_nginx.tests import edge as edges
from step05_nginx.tests.edge import Answer, Edge, ask, wait_until

STATUS = "X-Cache-Status"


@pytest.fixture(scope="module")
def keeping(run: Path) -> Iterator[Edge]:
    """The same, but a page is kept for a minute."""
    other = run / "k"
    (other / "step05").mkdir(parents=True)
    with (
        edges.stand_in(other / "step05" / "app.sock"),
        edges.nginx("step05", other, prepare, edges.keeping) as found,
    ):
        yield found


@pytest.fixture
def page() -> str:
    """A page that no other test has asked for."""
    return f"/?case={uuid.uuid4()}"


def count(answer: Answer) -> int:
    number: int = json.loads(answer.body)["count"]
    return number


def test_the_second_anonymous_visitor_gets_the_page_of_the_first(keeping: Edge, page: str) -> None:
    first, second = ask(keeping.port, page), ask(keeping.port, page)
    assert (first[STATUS], second[STATUS]) == ("MISS", "HIT")
    assert first.body == second.body
    assert keeping.line(second)["upstream"] == ""


def test_after_a_second_or_two_the_page_is_made_anew(edge: Edge, page: str) -> None:
    ask(edge.port, page)
    wait_until(lambda: ask(edge.port, page)[STATUS] == "EXPIRED")


@pytest.mark.parametrize(
    "field", [{"Cookie": "step05_session=ada"}, {"Cookie": "other=1"}, {"Authorization": "Basic eA=="}]
)
def test_who_may_be_somebody_neither_gets_the_kept_page_nor_leaves_one(
    edge: Edge, page: str, field: dict[str, str]
) -> None:
    own = ask(edge.port, page, field)
    stranger = ask(edge.port, page)
    own_again = ask(edge.port, page, field)
    assert [own[STATUS], stranger[STATUS], own_again[STATUS]] == ["BYPASS", "MISS", "BYPASS"]
    assert [count(one) for one in (own, stranger, own_again)] == [1, 2, 3]


@pytest.mark.parametrize(
    "reply",
    [
        "header_Set-Cookie=a%3Db",
        "header_Cache-Control=private",
        "header_Cache-Control=no-store",
        "header_Vary=*",
        "status=500",
        "status=404",
    ],
)
def test_what_the_app_made_for_one_visitor_is_not_kept(edge: Edge, page: str, reply: str) -> None:
    answers = [ask(edge.port, f"{page}&{reply}") for _ in range(2)]
    assert [count(one) for one in answers] == [1, 2]


def test_the_page_of_one_host_is_not_shown_at_another(edge: Edge, page: str) -> None:
    for host in ("one.localhost", "two.localhost"):
        answer = ask(edge.port, page, {"Host": host})
        assert answer[STATUS] == "MISS"
        assert dict(json.loads(answer.body)["headers"])["host"] == host


def test_only_the_page_of_entries_is_kept(edge: Edge) -> None:
    for path in ("/sign", "/login", "/whoami", "/static/gone"):
        assert STATUS not in ask(edge.port, path).headers


def test_a_post_is_never_answered_from_the_cache(edge: Edge, page: str) -> None:
    ask(edge.port, page)
    assert json.loads(ask(edge.port, page, method="POST", body=b"x").body)["method"] == "POST"


def test_of_many_who_come_at_once_one_asks_the_app_and_the_others_wait(keeping: Edge, page: str) -> None:
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(keeping.port, f"{page}&wait=0.3")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [count(one) for one in answers] == [1] * 8


def test_a_login_does_not_leak_to_a_stranger(sites: dict[str, Site]) -> None:
    port = sites["step05"].ports["http"]
    form = ask(port, "/login")
    token = form.body.decode().split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    cookie = form["Set-Cookie"].split(";")[0]
    body = f"csrf_token={token}&name=ada&password=analytical".encode()
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    login = ask(port, "/login", headers, method="POST", body=body)
    assert login.status == 303
    session = {"Cookie": login["Set-Cookie"].split(";")[0]}
    assert b"Welcome back, ada" in ask(port, "/", session).body
    for _ in range(3):
        stranger = ask(port, "/")
        assert b"ada" not in stranger.body
        assert "Set-Cookie" not in stranger.headers
    assert b"Welcome back, ada" in ask(port, "/", session).body
