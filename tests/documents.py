"""The Markdown documents, and the fences in them.

A lesson is read by four tests (its listings, its console blocks, its form, its links); all of them
find fences here, with a real Markdown parser, so that none of them sees a fence that a viewer does not.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
STEPS = sorted(path for path in ROOT.glob("step[0-9][0-9]_*") if path.is_dir())
LESSONS = [step / "README.md" for step in STEPS]
SOLUTIONS = [step / "SOLUTIONS.md" for step in STEPS]


@dataclass(frozen=True)
class Fence:
    """A fenced block: its info string taken apart, and the line of its first line of content.

    ``needs`` names a program that not everybody has, and without which the block is left out.
    """

    document: Path
    line: int
    language: str
    title: str
    content: str
    indent: str = ""
    needs: str = ""

    @property
    def place(self) -> str:
        return f"{shown(self.document)}:{self.line}"

    @property
    def lines(self) -> list[str]:
        return self.content.splitlines()


def every_document() -> list[Path]:
    """All documents of the project that stand in the tree now."""
    own = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    return [
        path for path in [*own, *sorted((ROOT / "docs").glob("*.md")), *LESSONS, *SOLUTIONS] if path.exists()
    ]


def shown(path: Path) -> str:
    """The path as a reader would type it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def tokens(document: Path) -> Sequence[Token]:
    return MarkdownIt("commonmark").enable("table").parse(document.read_text(encoding="utf-8"))


def fences(document: Path) -> Iterator[Fence]:
    """Every fence of the document, in order."""
    source = document.read_text(encoding="utf-8").splitlines()
    for token in tokens(document):
        if token.type != "fence" or token.map is None:
            continue
        language, attributes = _take_apart(token.info)
        opening = source[token.map[0]]
        yield Fence(
            document=document,
            line=token.map[0] + 2,
            language=language,
            title=attributes.get("title", ""),
            content=token.content,
            indent=opening[: len(opening) - len(opening.lstrip())],
            needs=attributes.get("needs", ""),
        )


def _take_apart(info: str) -> tuple[str, dict[str, str]]:
    """Split ``console title="terminal 1"`` into its language and its attributes."""
    language, *rest = shlex.split(info) or [""]
    return language, dict(word.split("=", 1) for word in rest if "=" in word)
