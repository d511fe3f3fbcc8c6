"""Whether the steps can run in containers: each reason why not is one line with its mend."""

import dataclasses
import os
from pathlib import Path

import pytest

from launcher import doctor, engine
from launcher.settings import Settings

HERE = Path(__file__).resolve().parents[2]


def docker(
    folder: Path, compose: str = "echo 2.26.1", info: str = "echo 27.1 /", says: str = "true"
) -> dict[str, str]:
    """An environment whose only docker answers so."""
    script = folder / "docker"
    script.write_text(
        f"#!/bin/sh\ncase $1 in compose) {compose};; info) {info};; version) {says};; esac\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.defpath}"}


def test_an_engine_that_answers_is_described(tmp_path: Path) -> None:
    found = engine.find(docker(tmp_path))
    assert (found.version, found.compose, found.folder) == ("27.1", "2.26.1", Path("/"))


@pytest.mark.parametrize(
    ("answers", "why", "mend"),
    [
        ({"compose": "exit 1"}, "docker has no Compose", "install"),
        ({"compose": "echo 2.17.3"}, "Compose 2.17.3 is older than 2.20.3", "install a newer Compose"),
        ({"compose": "echo v2.20.2"}, "is older than 2.20.3", "install a newer Compose"),
        ({"info": "exit 1"}, "no container engine answers", "systemctl start docker"),
        (
            {"info": "exit 1", "says": "echo permission denied >&2; exit 1"},
            "no container engine answers",
            "usermod -aG docker",
        ),
    ],
    ids=["no compose", "an old one", "just too old", "no engine", "no permission"],
)
def test_what_is_missing_is_named_with_its_mend(
    tmp_path: Path, answers: dict[str, str], why: str, mend: str
) -> None:
    with pytest.raises(engine.NoEngine) as caught:
        engine.find(docker(tmp_path, **answers))
    assert why in caught.value.why
    assert mend in caught.value.mend
    assert "\n" not in str(caught.value)


def test_without_docker_the_doctor_only_mentions_it(tmp_path: Path) -> None:
    settings = Settings.read({"PATH": str(tmp_path)}, HERE)
    (finding,) = doctor.containers(settings)
    assert finding.level == "warn"
    assert "optional" in finding.text
    assert "docs.docker.com" in finding.mend


def test_too_little_space_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.read(docker(tmp_path), HERE)
    monkeypatch.setattr(doctor, "free_space", lambda folder: 10**9)
    (finding,) = doctor.containers(settings)
    assert (finding.level, finding.mend) == ("warn", "docker system prune")
    assert "1.0 GB left in /" in finding.text
    monkeypatch.setattr(doctor, "free_space", lambda folder: None)
    assert [dataclasses.astuple(one)[0] for one in doctor.containers(settings)] == ["ok"]
