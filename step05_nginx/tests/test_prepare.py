"""What prepare lays out, and that nginx takes it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from step05_nginx import assets, configuration
from step05_nginx.prepare import prepare
from step05_nginx.tests.edge import ROOT, nginx_program

PORTS = {"http_port": "18005"}


@pytest.fixture
def spaced(tmp_path: Path) -> Path:
    """The project in a folder whose path contains spaces."""
    project = tmp_path / "my own project"
    project.mkdir()
    for step in ROOT.glob("step0[1-5]_*"):
        (project / step.name).symlink_to(step)
    return project


def test_nginx_accepts_the_configuration_also_in_a_path_with_spaces(spaced: Path) -> None:
    prepare(spaced, "run", PORTS)
    command = [nginx_program(), "-t", "-e", "stderr", "-p", "run/step05", "-c", "nginx.conf"]
    judged = subprocess.run(command, cwd=spaced, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stderr
    assert "warn" not in judged.stderr


def test_to_prepare_twice_changes_nothing(tmp_path: Path) -> None:
    def state() -> dict[str, tuple[int, bytes]]:
        files = [path for path in (tmp_path / "step05" / "static").rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_ino, path.read_bytes()) for path in files}

    prepare(ROOT, str(tmp_path), PORTS)
    first = state()
    prepare(ROOT, str(tmp_path), PORTS)
    assert first == state()
    assert len(first) >= 6


def test_only_known_names_are_filled_in() -> None:
    template = "root ${run}; a $uri; b ${host}; c $run; d ${http_port};"
    filled = configuration.render(template, {"run": "run", "http_port": "1"})
    assert filled == "root run; a $uri; b ${host}; c $run; d 1;"


def test_the_rendered_file_names_no_unknown_name(tmp_path: Path) -> None:
    prepare(ROOT, str(tmp_path), PORTS)
    assert "${" not in "".join(
        line
        for line in (tmp_path / "step05" / "nginx.conf").read_text().splitlines()
        if not line.startswith("#")
    )


@pytest.mark.parametrize("name", ['a"b', "a$b", "a*b", "a[b"])
def test_a_path_that_nginx_could_not_be_told_is_one_clear_line(name: str) -> None:
    with pytest.raises(configuration.CannotPrepare, match="nginx cannot be told"):
        configuration.names(Path("/project") / name, "run", PORTS)


def test_an_unwritable_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {**os.environ, "RUN": str(tmp_path / "file")}
    command = [sys.executable, "-m", "step05_nginx.prepare"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("step05 cannot be prepared: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_changed_file_gets_a_new_name_and_the_old_one_stays(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    names = []
    for content in ("a {}", "b {}"):
        (source / "style.css").write_text(content)
        assets.publish(source, target)
        names.append(assets.fingerprinted_names(source)["style.css"])
    assert names[0] != names[1]
    found = {path.name: path.read_text() for path in (target / "identity").iterdir()}
    assert found == {names[0]: "a {}", names[1]: "b {}", "style.css": "b {}"}
