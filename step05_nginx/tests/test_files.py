"""Static files, as nginx serves them by itself."""

import gzip
import re

import pytest

from launcher.sites import Site
from step05_nginx.tests.edge import ROOT, Edge, ask

STYLE = (ROOT / "step02_http" / "static" / "style.css").read_bytes()
PICTURE = (ROOT / "step02_http" / "static" / "guestbook.png").read_bytes()


@pytest.fixture
def fingerprinted(edge: Edge) -> str:
    (path,) = (edge.folder / "static" / "identity").glob("style.*.css")
    return f"/static/{path.name}"


@pytest.mark.parametrize(
    "accepted",
    [
        "gzip",
        "gzip, deflate, br, zstd",
        "br;q=1.0, gzip;q=0.5",
        "GZIP",
        "x-gzip",
        "gzip;q=1.000",
        "gzip ; q=0.001",
    ],
)
def test_who_accepts_gzip_gets_the_file_compressed_beforehand(edge: Edge, accepted: str) -> None:
    answer = ask(edge.port, "/static/style.css", {"Accept-Encoding": accepted})
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.body) == STYLE
    assert int(answer["Content-Length"]) == len(answer.body) < len(STYLE) / 2
    assert answer["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "accepted",
    ["", "identity", "gzip;q=0", "gzip;q=0.000", "gzip; q=0, identity", "br", "gzipped", "not-gzip"],
)
def test_who_does_not_gets_it_as_it_is(edge: Edge, accepted: str) -> None:
    answer = ask(edge.port, "/static/style.css", {"Accept-Encoding": accepted})
    assert answer["Content-Encoding"] == ""
    assert answer.body == STYLE
    assert answer["Vary"] == "Accept-Encoding"


def test_both_variants_have_the_media_type_of_the_file(edge: Edge) -> None:
    for accepted in ("gzip", "identity"):
        assert ask(edge.port, "/static/style.css", {"Accept-Encoding": accepted})["Content-Type"].startswith(
            "text/css"
        )


def test_a_picture_is_not_compressed_again(edge: Edge) -> None:
    answer = ask(edge.port, "/static/guestbook.png", {"Accept-Encoding": "gzip"})
    assert (answer["Content-Encoding"], answer["Content-Type"], answer["Vary"]) == ("", "image/png", "")
    assert answer.body == PICTURE


def test_each_variant_has_an_etag_of_its_own_and_answers_304_to_it(edge: Edge) -> None:
    etags = set()
    for accepted in ("gzip", "identity"):
        headers = {"Accept-Encoding": accepted}
        etag = ask(edge.port, "/static/style.css", headers)["ETag"]
        etags.add(etag)
        again = ask(edge.port, "/static/style.css", {**headers, "If-None-Match": etag})
        assert (again.status, again.body, again["Vary"]) == (304, b"", "Accept-Encoding")
    assert len(etags) == 2


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_a_range_is_one_of_the_bytes_of_the_chosen_variant(edge: Edge, accepted: str) -> None:
    headers = {"Accept-Encoding": accepted}
    whole = ask(edge.port, "/static/style.css", headers).body
    part = ask(edge.port, "/static/style.css", {**headers, "Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, whole[10:20])
    assert part["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert part["Content-Encoding"] == ("gzip" if accepted == "gzip" else "")


def test_a_fingerprinted_name_may_be_kept_for_a_year_and_a_plain_one_is_asked_for(
    edge: Edge, fingerprinted: str
) -> None:
    for accepted in ("gzip", "identity"):
        kept = ask(edge.port, fingerprinted, {"Accept-Encoding": accepted})
        assert kept["Cache-Control"] == "public, max-age=31536000, immutable"
        assert (gzip.decompress(kept.body) if accepted == "gzip" else kept.body) == STYLE
    assert ask(edge.port, "/static/style.css")["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize(
    "path", ["/gzip/style.css", "/identity/style.css", "/gzip/", "/gzip/../gzip/style.css"]
)
def test_the_folders_of_the_variants_are_no_addresses(edge: Edge, path: str) -> None:
    answer = ask(edge.port, path)
    assert (answer.status, answer["Content-Encoding"]) == (404, "")


@pytest.mark.parametrize(
    "path",
    [
        "/static/gone.css",
        "/static/..%2fnginx.conf",
        "/static/%2e%2e/%2e%2e/nginx.conf",
        "/static/..%5c..%5cnginx.conf",
    ],
)
def test_what_is_not_a_published_file_is_not_there_and_not_to_be_kept(edge: Edge, path: str) -> None:
    answer = ask(edge.port, path)
    assert answer.status in (400, 404) or b'"path"' in answer.body  # outside /static/ the app answers
    assert b"worker_processes" not in answer.body
    assert answer["Cache-Control"] == ""


def test_a_file_can_only_be_read(edge: Edge) -> None:
    answer = ask(edge.port, "/static/style.css", method="POST", body=b"x")
    assert (answer.status, answer["Allow"]) == (405, "GET, HEAD")
    assert edge.line(answer)["method"] == "POST"


@pytest.mark.parametrize(
    "path", ["/static/style.css", "/static/gone", "/static/a/b/c", "/static/", "//static//a/b"]
)
def test_the_app_hears_of_nothing_below_static(edge: Edge, path: str) -> None:
    answer = ask(edge.port, path)
    assert edge.line(answer)["upstream"] == ""


def test_the_page_names_the_fingerprinted_files_that_nginx_has(sites: dict[str, Site]) -> None:
    port = sites["step05"].ports["http"]
    page = ask(port, "/").body.decode()
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(found) == 3
    for path in found:
        answer = ask(port, path)
        assert answer.status == 200
        assert "immutable" in answer["Cache-Control"]
