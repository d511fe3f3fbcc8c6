"""The relay passes on what it gets, keeps a copy, changes what it is told to, and leaves nothing behind."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from checks.claim import Trouble
from checks.relay import Relay, on_the_path
from checks.site import Site
from checks.target import Address
from checks.tests.stub import page, saying, stub

HELLO = page("hello Adalbert")


@contextmanager
def relayed(body: str = "hello Adalbert") -> Iterator[tuple[Relay, Site]]:
    with stub(saying(page(body))) as target, Site(target, 5.0) as site, on_the_path(site) as path:
        yield path


def test_it_passes_on_both_directions_and_keeps_a_copy() -> None:
    with relayed() as (relay, site):
        assert site.get("/a-secret").text == "hello Adalbert"
        assert relay.seen("visitor").startswith(b"GET /a-secret HTTP/1.1\r\n")
        assert relay.seen("site") == HELLO


def test_the_site_is_called_by_its_name_and_by_the_port_of_the_relay() -> None:
    with relayed() as (relay, site):
        site.get("/")
        assert f"Host: 127.0.0.1:{relay.address.port}".encode() in relay.seen("visitor")


def test_it_changes_what_the_site_says() -> None:
    with relayed() as (relay, site):
        relay.change = lambda data: data.replace(b"Adalbert", b"Mallory!")
        assert site.get("/").text == "hello Mallory!"
        assert relay.seen("site") == HELLO  # the copy is of what came


def test_the_end_of_either_side_is_passed_on() -> None:
    with relayed() as (_, site):
        wire = site.connect()
        wire.send(b"GET / HTTP/1.1\r\n\r\n")
        wire.answer()
        assert wire.is_closed(patience=5.0)


def test_a_big_answer_passes_whole() -> None:
    with relayed("x" * 3_000_000) as (relay, site):
        assert len(site.get("/").body) == 3_000_000
        assert len(relay.seen("site")) > 3_000_000


def test_it_hangs_up_where_the_site_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    relay = Relay(Address("127.0.0.1", port))
    try:
        with socket.create_connection((relay.address.host, relay.address.port), timeout=5) as visitor:
            assert visitor.recv(100) == b""
    finally:
        relay.close()


def test_nothing_is_left_of_it_even_if_somebody_still_waits() -> None:
    with relayed() as (relay, site):
        wire = site.connect()
        wire.send(b"GET")
    assert not [thread for thread in threading.enumerate() if thread.name == "relay"]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((relay.address.host, relay.address.port), timeout=5)
    with pytest.raises(Trouble):
        site.get("/")
