"""`make start`: skeletons miss what they are to miss, their solutions keep everything, no work is lost."""

import os
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from checks.claim import Verdict
from checks.command import command_target
from checks.expectations import load
from checks.learner.asked import chosen
from checks.learner.asking import ask
from checks.learner.start import Skeleton, lay_out, main, skeletons
from checks.registry import up_to
from checks.runner import Outcome

ALL = skeletons().values()
NAMES = [skeleton.name for skeleton in ALL]


def start(step: str) -> int:
    return main(Namespace(step=step))


def examined(skeleton: Skeleton, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Outcome]:
    """Every check of the step, of the server in the folder."""
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])
    checks, _ = chosen(up_to(skeleton.step), skeleton.step, load())
    with command_target(skeleton.command.replace("{folder}", str(folder)), folder / "log") as target:
        return list(ask(checks, target, lambda check: None))


def said(outcomes: list[Outcome], *verdicts: Verdict) -> dict[str, str]:
    return {one.check.id: one.evidence.says for one in outcomes if one.verdict in verdicts}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("skeleton", ALL, ids=NAMES)
def test_a_skeleton_misses_the_checks_that_are_its_exercise(
    skeleton: Skeleton, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(skeleton, tmp_path / "mine")
    outcomes = examined(skeleton, tmp_path / "mine", monkeypatch)
    missed = said(outcomes, Verdict.BROKEN, Verdict.ABSENT)
    skipped = said(outcomes, Verdict.SKIPPED)
    assert missed.keys() == skeleton.missed - skipped.keys(), missed
    assert not skipped or sys.platform != "linux"  # elsewhere there is no second address to come from


@pytest.mark.timeout(180)
@pytest.mark.parametrize("skeleton", ALL, ids=NAMES)
def test_its_solution_keeps_all(skeleton: Skeleton, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(skeleton, tmp_path / "mine", solved=True)
    outcomes = examined(skeleton, tmp_path / "mine", monkeypatch)
    assert not said(outcomes, Verdict.BROKEN, Verdict.ABSENT)
    assert not said(outcomes, Verdict.SKIPPED) or sys.platform != "linux"
    assert said(outcomes, Verdict.KEPT)


@pytest.mark.parametrize("skeleton", ALL, ids=NAMES)
def test_a_skeleton_has_todos_and_its_solution_has_none(skeleton: Skeleton, tmp_path: Path) -> None:
    lay_out(skeleton, tmp_path / "begun")
    lay_out(skeleton, tmp_path / "solved", solved=True)
    todos = {
        folder.name: sum(file.read_text("utf-8").count("TODO") for file in folder.glob("*.py"))
        for folder in tmp_path.iterdir()
    }
    assert todos["begun"] >= 3
    assert todos["solved"] == 0


def test_the_command_to_go_on_with_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert start("02") == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "my/step02: server.py, static"
    assert out.splitlines()[-1] == '  make check STEP=02 CMD="python my/step02/server.py {port}"'
    assert out.splitlines()[-1].strip() in (tmp_path / "my/step02/server.py").read_text("utf-8")
    assert [path.name for path in (tmp_path / "my").iterdir()] == ["step02"]


@pytest.mark.parametrize("kind", ["file in it", "file", "dangling link"])
def test_what_is_there_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "my" / "step02"
    mine.parent.mkdir()
    if kind == "file in it":
        mine.mkdir()
        (mine / "server.py").write_text("my work", "utf-8")
    elif kind == "file":
        mine.write_text("my work", "utf-8")
    else:
        mine.symlink_to("/no/such/place")
    assert start("02") == 1
    err = capsys.readouterr().err
    assert "mv my/step02 my/step02-old" in err
    assert len(err.splitlines()) == 1
    assert kind == "dangling link" or "my work" in (mine / "server.py" if mine.is_dir() else mine).read_text(
        "utf-8"
    )


def test_an_empty_folder_is_no_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my" / "step02").mkdir(parents=True)
    assert start("2") == 0
    assert (tmp_path / "my" / "step02" / "server.py").exists()


@pytest.mark.parametrize("step", ["", "9", "05"])
def test_a_step_without_a_skeleton_is_refused_in_one_line(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert start(step) == 2
    err = capsys.readouterr().err
    assert "skeletons of 01, 02, 03, 04" in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "my").exists()


def test_git_ignores_what_learners_write() -> None:
    assert "/my/" in Path(".gitignore").read_text("utf-8").splitlines()
