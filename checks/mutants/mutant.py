"""What a mutant is, and how one is brought to life."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checks.command import command_target
from checks.native import native_targets
from checks.target import Target

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Edit:
    """In that file of the project, these words stand for those; they occur there exactly once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Patched:
    """A step of the course with a few words changed."""

    id: str
    wrong: str  # what is wrong in it, in one sentence
    step: str
    edits: tuple[Edit, ...]
    caught_by: str
    hint: str

    @contextmanager
    def alive(self) -> Iterator[Target]:
        """The changed step, running from a copy of the project."""
        with tempfile.TemporaryDirectory(prefix="mutant-", dir="/tmp", ignore_cleanup_errors=True) as folder:
            tree = Path(folder)
            copy_project(tree)
            for edit in self.edits:
                apply(edit, tree)
            with native_targets(self.step, root=tree) as targets:
                yield targets[self.step]


@dataclass(frozen=True)
class Served:
    """A small server of its own, as a learner might write it: a class of `checks.mutants.servers`."""

    id: str  # the name of the class
    wrong: str
    caught_by: str
    hint: str

    @contextmanager
    def alive(self) -> Iterator[Target]:
        """The server, running."""
        with command_target(f"{sys.executable} -m checks.mutants.servers {self.id} {{port}}") as target:
            yield target


Mutant = Patched | Served


def copy_project(tree: Path) -> None:
    """Lay out what a step needs to run."""
    for folder in [*PROJECT.glob("step0*"), PROJECT / "launcher"]:
        ignored = shutil.ignore_patterns("tests", "__pycache__", "*.md")
        shutil.copytree(folder, tree / folder.name, ignore=ignored)


def apply(edit: Edit, tree: Path) -> None:
    """Change the copy. A mutant whose words have gone from the code must be written anew, not be lost."""
    path = tree / edit.file
    text = path.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        raise ValueError(f"{edit.file} has these words {text.count(edit.old)} times, not once: {edit.old!r}")
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
