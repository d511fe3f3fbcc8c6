"""Hold the listings of the documents against their sources.

``python -m tests.listings --check`` names the stale ones; ``--write`` rewrites them in place.
"""

import argparse
import ast
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.documents import ROOT, Fence, every_document, fences

_RANGE = re.compile(r"^L(\d+)-L(\d+)$")
_TYPED = "my/"


class SourceMissing(Exception):
    """A listing's title names a source that does not exist."""


@dataclass(frozen=True)
class Listing:
    """A titled fence, and the text that its source has now."""

    fence: Fence
    source: str

    @property
    def is_stale(self) -> bool:
        return self.fence.content != self.source


def is_listing(fence: Fence) -> bool:
    """A console block's title is a terminal's name; a program that the reader types has no source."""
    return bool(fence.title) and fence.language != "console" and not fence.title.startswith(_TYPED)


def is_typed(fence: Fence) -> bool:
    return fence.title.startswith(_TYPED)


def listings(document: Path, root: Path = ROOT) -> Iterator[Listing]:
    for fence in fences(document):
        if is_listing(fence):
            yield Listing(fence, source_of(fence, root))


def source_of(fence: Fence, root: Path = ROOT) -> str:
    """The text of the file, of the named object in it, or of a range of its lines."""
    name, _, lines = fence.title.partition("#")
    name, _, qualified = name.partition(":")
    try:
        text = (root / name).read_text(encoding="utf-8")
    except OSError as error:
        raise SourceMissing(f"{fence.place}: there is no file {name}") from error
    if qualified:
        return _object(text, qualified, fence)
    text = text if text.endswith("\n") else text + "\n"
    return _range(text, lines, fence) if lines else text


def _object(text: str, qualified: str, fence: Fence) -> str:
    """A function, class, method or assignment, with its decorators."""
    body: Sequence[ast.stmt] = ast.parse(text).body
    found: ast.stmt | None = None
    for name in qualified.split("."):
        found = next((node for node in body if name in _names(node)), None)
        if found is None:
            raise SourceMissing(f"{fence.place}: {fence.title.partition(':')[0]} has no {qualified}")
        body = getattr(found, "body", [])
    assert found is not None
    assert found.end_lineno is not None
    first = min([found.lineno, *(node.lineno for node in getattr(found, "decorator_list", []))])
    lines = text.splitlines()[first - 1 : found.end_lineno]
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "".join(line[margin:] + "\n" if line.strip() else "\n" for line in lines)


def _names(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def _range(text: str, lines: str, fence: Fence) -> str:
    found = _RANGE.match(lines)
    all_lines = text.splitlines(keepends=True)
    if not found or not 1 <= int(found[1]) <= int(found[2]) <= len(all_lines):
        raise SourceMissing(f"{fence.place}: no lines {lines} in {fence.title.partition('#')[0]}")
    return "".join(all_lines[int(found[1]) - 1 : int(found[2])])


def rewrite(document: Path, root: Path = ROOT) -> int:
    """Put the sources into the document's listings; return how many were stale."""
    stale = [listing for listing in listings(document, root) if listing.is_stale]
    lines = document.read_text(encoding="utf-8").splitlines(keepends=True)
    for listing in reversed(stale):
        fence = listing.fence
        first = fence.line - 1
        fresh = [
            fence.indent + line if line.strip() else line for line in listing.source.splitlines(keepends=True)
        ]
        lines[first : first + len(fence.lines)] = fresh
    if stale:
        replace(document, "".join(lines))
    return len(stale)


def replace(document: Path, text: str) -> None:
    """Atomically: a reader of the document sees the old text or the new one."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=document.parent, prefix=".listing-", delete=False
    ) as fresh:
        fresh.write(text)
    os.chmod(fresh.name, document.stat().st_mode)
    os.replace(fresh.name, document)


def _check(documents: Sequence[Path]) -> list[str]:
    troubles = []
    for document in documents:
        for fence in filter(is_listing, fences(document)):
            try:
                if Listing(fence, source_of(fence)).is_stale:
                    troubles.append(f"{fence.place}: stale: {fence.title}")
            except SourceMissing as error:
                troubles.append(str(error))
    return troubles


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.listings", description=(__doc__ or "").split("\n")[0]
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--check", action="store_true", help="list the stale listings; exit 1 if there are any"
    )
    which.add_argument("--write", action="store_true", help="rewrite the stale listings in place")
    parser.add_argument("documents", nargs="*", type=Path, metavar="DOCUMENT", help="default: all")
    options = parser.parse_args()
    documents = [path.resolve() for path in options.documents] or every_document()
    try:
        rewritten = sum(rewrite(document) for document in documents) if options.write else 0
    except SourceMissing as error:
        print(error, file=sys.stderr)
        return 1
    if options.write:
        print(f"{rewritten} listings rewritten in {len(documents)} documents.")
        return 0
    troubles = _check(documents)
    print("\n".join(troubles) or f"All listings of {len(documents)} documents are as their sources.")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
