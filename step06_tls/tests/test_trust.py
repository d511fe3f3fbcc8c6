"""Trust stores: exactly ours goes in, exactly ours comes out, and each command is shown first."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from step06_tls import certificates, trust
from step06_tls.stores import Authority, BrowserStore, FolderStore


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    certificates.ensure(tmp_path)
    return Authority.read(tmp_path / "authority" / "root.pem")


@pytest.fixture
def system(tmp_path: Path) -> FolderStore:
    """A system's folder, with a program that does nothing in place of the one that gathers."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    (folder / "another.crt").write_text("another's")
    return FolderStore(folder, ("true",), ("true", "--fresh"))


def test_it_goes_in_once_and_comes_out(authority: Authority, system: FolderStore) -> None:
    for _ in range(2):
        trust.trust(authority, [system], only_print=False)
        assert system.held() == [authority.label]
    for _ in range(2):
        trust.untrust({authority.label}, [system], only_print=False)
        assert system.held() == []
    assert [path.name for path in system.folder.iterdir()] == ["another.crt"]


def test_another_authority_of_the_course_stays_unless_all_are_meant(
    authority: Authority, system: FolderStore, tmp_path: Path
) -> None:
    certificates.ensure(tmp_path / "other")
    other = Authority.read(tmp_path / "other" / "authority" / "root.pem")
    trust.trust(authority, [system], only_print=False)
    trust.trust(other, [system], only_print=False)
    trust.untrust({authority.label}, [system], only_print=False)
    assert system.held() == [other.label]
    trust.untrust(None, [system], only_print=False)
    assert system.held() == []


def test_a_file_that_only_bears_our_name_is_not_ours(authority: Authority, system: FolderStore) -> None:
    impostor = system.folder / "from-socket-to-stack-0000000000000000.crt"
    impostor.write_bytes(authority.file.read_bytes())
    trust.untrust(None, [system], only_print=False)
    assert impostor.exists()


def test_to_print_changes_nothing_and_shows_the_commands(
    authority: Authority, system: FolderStore, capsys: pytest.CaptureFixture[str]
) -> None:
    trust.trust(authority, [system], only_print=True)
    assert system.held() == []
    assert f"install -m 644 {authority.file}" in capsys.readouterr().out


def test_what_only_root_may_do_says_so(
    authority: Authority,
    system: FolderStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Also when root runs this test: to root every folder is open.
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    trust.trust(authority, [system], only_print=True)
    assert "sudo install" in capsys.readouterr().out


def test_a_command_that_fails_is_one_clear_line(authority: Authority, tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "certificates", ("false",), ("false",))
    store.folder.mkdir()
    with pytest.raises(trust.CannotTrust, match="false ended with 1"):
        trust.trust(authority, [store], only_print=False)


def test_to_untrust_without_an_authority_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUN", str(tmp_path))
    monkeypatch.setattr(trust, "stores_here", lambda home: [BrowserStore(tmp_path)])
    assert trust.main(["untrust"]) == 1
    assert capsys.readouterr().err.startswith(f"untrust: there is no {tmp_path}/authority/root.pem")


@pytest.fixture
def certutil() -> str:
    """The real program; without it the test is skipped, or fails where CI=true."""
    if path := shutil.which("certutil"):
        return path
    reason = "certutil is missing (package libnss3-tools on Debian, nss-tools on Fedora, nss on Homebrew)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def test_a_browser_database_takes_it_in_and_gives_it_back(
    authority: Authority, tmp_path: Path, certutil: str
) -> None:
    store = BrowserStore(tmp_path / "nssdb")
    for _ in range(2):
        trust.trust(authority, [store], only_print=False)
        assert store.held() == [authority.label]
    listed = subprocess.run([certutil, "-d", f"sql:{store.folder}", "-L"], capture_output=True, check=True)
    assert re.search(rf"{authority.label} +C,,".encode(), listed.stdout)
    trust.untrust({authority.label}, [store], only_print=False)
    assert store.held() == []
