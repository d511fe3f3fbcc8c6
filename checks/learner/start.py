"""`make start`: the beginnings of a learner's own server, in `my/`, which git ignores."""

import argparse
import os
import shutil
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from checks.command import Misused
from checks.learner.asked import step_number

SKELETONS = Path(__file__).with_name("skeletons")


@dataclass(frozen=True)
class Skeleton:
    """What is laid out for a step."""

    step: int
    command: str  # starts it: {folder} and {port}
    missed: frozenset[str]  # the checks that it misses at first

    @property
    def name(self) -> str:
        """Its folder's name."""
        return f"step{self.step:02}"


def skeletons() -> dict[int, Skeleton]:
    """All of them, by step."""
    found = {}
    for name, table in tomllib.loads((SKELETONS / "skeletons.toml").read_text("utf-8")).items():
        step = step_number(name)
        found[step] = Skeleton(step, table["command"], frozenset(table["missed"]))
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m checks start` understands."""
    parser.add_argument("--step", default="", help="the step whose skeleton to lay out: 02")


def main(arguments: argparse.Namespace) -> int:
    """Lay it out, and say how to go on."""
    known = skeletons()
    numbers = ", ".join(f"{step:02}" for step in known)
    try:
        step = step_number(arguments.step)
    except Misused as error:
        print(f"{error}; there are skeletons of {numbers}", file=sys.stderr)
        return 2
    if step not in known:
        print(
            f"step {step:02} has no skeleton, for there you write configuration; begin with a copy of its "
            f"folder's. There are skeletons of {numbers}",
            file=sys.stderr,
        )
        return 2
    skeleton = known[step]
    folder = Path("my") / skeleton.name
    if os.path.lexists(folder) and not is_empty(folder):
        print(
            f"{folder} is there already, and your work in it stays as it is. To begin anew, move it away: "
            f"mv {folder} {folder}-old",
            file=sys.stderr,
        )
        return 1
    lay_out(skeleton, folder)
    print(f"{folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")
    print("The TODOs say what is to be done. See what it keeps so far, and then again and again:")
    command = skeleton.command.replace("{folder}", str(folder))
    print(f'  make check STEP={step:02} CMD="{command}"')
    return 0


def is_empty(folder: Path) -> bool:
    """Whether this is a folder with nothing in it."""
    return folder.is_dir() and not any(folder.iterdir())


def lay_out(skeleton: Skeleton, folder: Path, *, solved: bool = False) -> None:
    """Copy the skeleton (and the solution over it). It is there as a whole, or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".laying-out-", dir=folder.parent) as place:
        draft = Path(place) / "draft"
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(SKELETONS / skeleton.name, draft, ignore=without)
        if skeleton.step > 1:
            shutil.copytree(SKELETONS / "static", draft / "static")
        if solved:
            shutil.copytree(
                SKELETONS / "solutions" / skeleton.name, draft, ignore=without, dirs_exist_ok=True
            )
        draft.rename(folder)  # over an empty folder, too, but never over a file
