"""Trust stores: exactly ours goes in, exactly ours comes out, and each command is shown first."""

import os
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


@pytest.mark.skipif(os.geteuid() == 0, reason="root needs no sudo")
def test_what_only_root_may_do_says_so(
    authority: Authority, system: FolderStore, capsys: pytest.CaptureFixture[str]
) -> None:
    system.folder.chmod(0o555)
    trust.trust(authority, [system], only_print=True)
    system.folder.chmod(0o755)
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


def test_a_browser_database_takes_it_in_and_gives_it_back(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = BrowserStore(tmp_path / "nssdb")
    program = tmp_path / "bin" / "certutil"
    program.parent.mkdir()
    # Stands in for certutil, which few machines have: one file for each name.
    program.write_text(
        "#!/bin/sh\nd=${2#sql:}; mkdir -p $d; shift 2\n"
        'case "$1 $2 $4" in\n'
        '  "-L  ") for f in "$d"/*; do [ -f "$f" ] && echo "$(basename $f)   C,,"; done ;;\n'
        '  "-L -n -a"|"-L -n "*) cat "$d/$3" ;;\n'
        '  "-N --empty-password ") touch "$d/cert9.db" ;;\n'
        '  "-A -t -n") cp "$7" "$d/$5" ;;\n'
        '  "-D -n ") rm "$d/$3" ;;\n'
        "esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    trust.trust(authority, [store], only_print=False)
    assert store.held() == [authority.label]
    trust.untrust({authority.label}, [store], only_print=False)
    assert store.held() == []
