"""Trust stores: exactly ours goes in, exactly ours comes out, and each command is shown first."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from step06_tls import certificates, trust
from step06_tls.stores import Authority, BrowserStore, FolderStore, browser_folders


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
    said = capsys.readouterr().err
    assert said.startswith(f"untrust: there is no {tmp_path}/authority/root.pem; .venv/bin/python -m")
    command = re.search(r"-m step06_tls\.trust (.+?) takes out", said)
    assert command
    assert trust.main([*command[1].split(), "--print"]) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="on macOS Chromium asks the keychain")
def test_chromiums_database_is_where_it_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert browser_folders(tmp_path) == [tmp_path / ".local" / "share" / "pki" / "nssdb"]
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert browser_folders(tmp_path) == [tmp_path / "data" / "pki" / "nssdb"]
    (tmp_path / ".pki" / "nssdb").mkdir(parents=True)
    assert browser_folders(tmp_path) == [tmp_path / ".pki" / "nssdb"]


@pytest.fixture
def certutil() -> str:
    """The real program; without it the test is skipped, or fails where CI=true."""
    if path := shutil.which("certutil"):
        return path
    reason = "certutil is missing (package libnss3-tools on Debian, nss-tools on Fedora, nss on Homebrew)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.skipif(not shutil.which("keytool"), reason="no Java here, so no keystore to clean")
def test_what_debian_copied_into_javas_keystore_goes_too(authority: Authority, system: FolderStore) -> None:
    java = system.folder.parent / "cacerts"
    store = FolderStore(system.folder, system.gather, system.gather_anew, java)
    trust.trust(authority, [store], only_print=False)
    keystore = ("-keystore", str(java), "-storepass", "changeit", "-alias", f"debian:{authority.label}.pem")
    put_in = ("keytool", "-importcert", "-noprompt", *keystore, "-file", str(authority.file))
    subprocess.run(put_in, check=True, capture_output=True)
    trust.untrust({authority.label}, [store], only_print=False)
    assert subprocess.run(("keytool", "-list", *keystore), capture_output=True, check=False).returncode == 1
    # And where it is not in it, nothing is done.
    assert all("keytool" not in command.words for command in store.remove(authority.label))


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
