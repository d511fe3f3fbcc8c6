"""Files under one folder and never outside it; form fields in UTF-8."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from step02_http.files import file_response
from step02_http.message import HTTPError
from step02_http.site import parse_form


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "static"
    (folder / "inner").mkdir(parents=True)
    (folder / "style.css").write_text("body {}")
    (folder / ".hidden").write_text("hidden")
    (folder / "inner" / "raw").write_bytes(bytes(range(256)) * 1000)
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "alias.css").symlink_to("style.css")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("style.css", "text/css; charset=utf-8"),
        ("alias.css", "text/css; charset=utf-8"),
        ("inner/raw", "application/octet-stream"),
    ],
)
def test_a_file_is_served_whole_with_its_media_type(folder: Path, name: str, media_type: str) -> None:
    response, content = file_response(folder, name), (folder / name).read_bytes()
    assert response.headers == (("Content-Type", media_type), ("Content-Length", str(len(content))))
    assert b"".join(response.blocks) == content


@pytest.mark.parametrize(
    "name",
    [
        *["../secret.txt", "inner/../../secret.txt", "..", ".", "", "/", "//etc/passwd", "/etc/passwd"],
        *["out.txt", "up/secret.txt", "up", "loop", "inner", "inner/", "style.css/", "style.css/x", "pipe"],
        *["style.css\0", "..\\secret.txt", ".hidden", "missing", "a" * 300, "a/" * 3000 + "a", "\udc80"],
    ],
)
def test_a_name_that_leads_elsewhere_does_not_exist(folder: Path, name: str) -> None:
    with pytest.raises(HTTPError, match="no such file"):
        file_response(folder, name)


def test_a_name_that_this_system_cannot_write_does_not_exist() -> None:
    ask = "from step02_http.files import *; find_file(Path('.'), chr(0x3BB))"
    ascii_only = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    result = subprocess.run([sys.executable, "-c", ask], capture_output=True, env=ascii_only)
    assert result.stderr.rstrip().endswith(b"HTTPError: no such file")


def test_a_form_is_read_as_utf_8() -> None:
    assert parse_form("name=Zo%C3%AB&message=a+b%26c%3D%2B&empty=&flag&&=x") == {
        "name": "Zoë",
        "message": "a b&c=+",
        "empty": "",
        "flag": "",
        "": "x",
    }


@pytest.mark.parametrize("encoded", ["a=%", "a=%z1", "a=%1", "%=a", "a=%ff", "a=\xff", "a=%ED%A0%80"])
def test_bytes_that_stand_for_no_text_are_refused(encoded: str) -> None:
    with pytest.raises(HTTPError, match="percent sign|UTF-8"):
        parse_form(encoded)
