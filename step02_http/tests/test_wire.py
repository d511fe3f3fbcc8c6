"""Whole requests on the wire: the fixtures, our reader held against h11's, and the bytes split anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from step02_http.message import HTTPError
from step02_http.tests.fuzz import CORPUS, judge
from step02_http.tests.wire import Fixture, Reading, compare, fixtures, ours, same, theirs

VALID, INVALID = fixtures("valid"), fixtures("invalid")
SPLICES = [b"", b" ", b"\t", b"\r", b"\n", b"\r\n", b"\0", b":", b",", b";", b"%", b"0", b"a", b"\x80"]


def name(fixture: Fixture) -> str:
    return fixture.name


def test_there_are_fixtures_of_both_kinds_and_each_names_its_rule() -> None:
    assert len(VALID) >= 30
    assert len(INVALID) >= 100
    assert [one.name for one in VALID + INVALID if not one.rule] == []
    assert [one.name for one in VALID if one.status] == []
    assert [one.name for one in INVALID if not one.status.isdigit()] == []


@pytest.mark.parametrize("fixture", VALID, ids=name)
def test_a_valid_request_means_what_h11_reads(fixture: Fixture) -> None:
    mine = ours([fixture.data])
    assert isinstance(mine, Reading)
    assert mine.complete
    assert mine.left == b""
    compare(fixture.data)


@pytest.mark.parametrize("fixture", INVALID, ids=name)
def test_an_invalid_request_is_refused_with_its_status(fixture: Fixture) -> None:
    refusal = ours([fixture.data])
    assert isinstance(refusal, HTTPError)
    assert refusal.status.startswith(fixture.status)


@pytest.mark.parametrize("fixture", VALID, ids=name)
def test_what_follows_a_request_is_left_for_the_next(fixture: Fixture) -> None:
    mine = ours([fixture.data + b"GET /next"])
    assert isinstance(mine, Reading)
    assert mine.left == b"GET /next"


@pytest.mark.parametrize("fixture", VALID + INVALID, ids=name)
def test_single_bytes_are_enough(fixture: Fixture) -> None:
    assert same(ours(bytes([byte]) for byte in fixture.data), ours([fixture.data]))


@given(st.sampled_from(VALID + INVALID), st.data())
def test_where_the_bytes_are_split_makes_no_difference(fixture: Fixture, draw: st.DataObject) -> None:
    data = fixture.data
    edges = [0, *sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=6))), len(data)]
    pieces = [data[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    assert same(ours(pieces), ours([data]))


@given(st.sampled_from(VALID + INVALID), st.lists(st.tuples(st.integers(0, 400), st.sampled_from(SPLICES))))
def test_whatever_h11_refuses_we_refuse_and_what_both_accept_means_the_same(
    fixture: Fixture, changes: list[tuple[int, bytes]]
) -> None:
    data = fixture.data
    for position, splice in changes:
        data = data[:position] + splice + data[position + 1 :]
    compare(data)


def test_h11_really_judges() -> None:
    assert isinstance(theirs(VALID[0].data), Reading)
    assert not isinstance(theirs(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"), Reading)


def test_what_the_fuzzer_has_saved_is_read_as_h11_reads_it() -> None:
    saved = sorted(CORPUS.iterdir())
    assert len(saved) > 100
    for path in saved:
        judge(path.read_bytes())
