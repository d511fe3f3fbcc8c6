"""What the app hears of a visitor: nginx's word, and nothing that the visitor wrote about itself."""

import json
import re

import pytest

from launcher.sites import Site
from step05_nginx.tests.edge import Edge, ask, exchange, wait_until

FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "bank.example",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Prefix": "/admin",
    "X-Forwarded-Server": "bank.example",
    "X-Forwarded-Scheme": "https",
    "X-Forwarded-Protocol": "ssl",
    "X-Forwarded-Ssl": "on",
    "X-Real-IP": "203.0.113.7",
    "X-Client-IP": "203.0.113.7",
    "X-Request-ID": "forged-forged",
    "X-Original-URL": "/admin",
    "X-Rewrite-URL": "/admin",
    "X-Scheme": "https",
    "X-HTTP-Method-Override": "DELETE",
    "Forwarded": "for=203.0.113.7;proto=https;host=bank.example",
    "Proxy": "http://203.0.113.7/",
    "SCRIPT_NAME": "/forged",
    "X_Forwarded_For": "203.0.113.7",
}
HOP_BY_HOP = {
    "Proxy-Connection": "keep-alive",
    "Proxy-Authorization": "Basic Zm9yZ2Vk",
    "Keep-Alive": "timeout=999",
    "TE": "trailers",
    "Trailer": "Expires",
    "Upgrade": "h2c",
    "Connection": "Upgrade, HTTP2-Settings",
}


def heard(edge: Edge, headers: dict[str, str], host: str = "127.0.0.1") -> dict[str, list[str]]:
    """The header fields that reached the app."""
    told = json.loads(ask(edge.port, "/anything", headers, host=host).body)["headers"]
    found: dict[str, list[str]] = {}
    for name, value in told:
        found.setdefault(name, []).append(value)
    return found


def test_every_forged_claim_is_overwritten_or_removed(edge: Edge) -> None:
    received = heard(edge, FORGED)
    for value in ("203.0.113.7", "bank.example", "/admin", "forged", "https", "ssl", "DELETE"):
        assert not [name for name, values in received.items() if any(value in one for one in values)]
    assert received["x-forwarded-for"] == ["127.0.0.1"]
    assert received["x-real-ip"] == ["127.0.0.1"]
    assert received["x-forwarded-proto"] == ["http"]
    assert received["x-forwarded-host"] == received["host"] == [f"127.0.0.1:{edge.port}"]
    assert received["x-forwarded-port"] == [str(edge.port)]


def test_a_claim_that_is_repeated_is_overwritten_too(edge: Edge) -> None:
    request = (
        "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        + "X-Forwarded-For: 203.0.113.7\r\n" * 3
        + "\r\n"
    )
    assert b"203.0.113.7" not in exchange(edge.port, request.encode())


def test_fields_for_the_next_hop_end_here(edge: Edge) -> None:
    received = heard(edge, HOP_BY_HOP)
    assert not {name.lower() for name in HOP_BY_HOP} & set(received)


def test_the_request_id_is_new_each_time_and_stands_in_answer_log_and_app(edge: Edge) -> None:
    answers = [ask(edge.port, "/x", {"X-Request-ID": "mine"}) for _ in range(2)]
    for answer in answers:
        reached = dict(json.loads(answer.body)["headers"])["x-request-id"]
        assert reached == answer["X-Request-ID"] == edge.line(answer)["id"]
        assert re.fullmatch("[0-9a-f]{32}", reached)
    assert answers[0]["X-Request-ID"] != answers[1]["X-Request-ID"]


def test_the_app_believes_nginx_about_address_and_scheme(sites: dict[str, Site]) -> None:
    port = sites["step05"].ports["http"]
    told = json.loads(ask(port, "/whoami", FORGED).body)
    assert (told["client"], told["scheme"]) == ("127.0.0.1", "http")
    assert json.loads(ask(port, "/whoami", FORGED, host="::1").body)["client"] == "::1"


def test_the_app_is_told_the_id_that_nginx_logs(sites: dict[str, Site]) -> None:
    answer = ask(sites["step05"].ports["http"], "/whoami")
    assert json.loads(answer.body)["forwarded"]["X-Request-ID"] == answer["X-Request-ID"]
    wait_until(lambda: f'"id":"{answer["X-Request-ID"]}"' in sites["step05"].log("step05-nginx"))


def test_one_line_a_request_is_enough_so_the_app_writes_none(sites: dict[str, Site]) -> None:
    answer = ask(sites["step05"].ports["http"], "/hello?name=once")
    wait_until(lambda: answer["X-Request-ID"] in sites["step05"].log("step05-nginx"))
    assert "name=once" not in sites["step05"].log("step05-app")


def test_connections_to_the_app_are_kept(edge: Edge) -> None:
    assert heard(edge, {}).get("connection") is None


@pytest.mark.parametrize("path", ["/a%20b?q=%2F..%2F", "/%E2%82%AC", "/a//b", "/?x=1&x=2"])
def test_the_path_reaches_the_app_as_it_was_asked(edge: Edge, path: str) -> None:
    assert json.loads(ask(edge.port, path).body)["path"] == path
