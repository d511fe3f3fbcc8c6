"""The captions of titled fences: a Markdown viewer shows a fence's text, but not its title.

So the title stands above the fence once more, as text: the name of the terminal, of the file that the reader
types, or of the source, which is a link. ``python -m tests.captions --write`` writes them.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.documents import ROOT, Fence, every_document, fences
from tests.listings import is_typed, replace

CAPTION = re.compile(
    r"\*\*Terminal \d+\*\*|\*\*`my/[^`]+`\*\*|\[`[^`]+`\]\([^)]+\)(: `[\w.]+`|, lines \d+ to \d+)?"
)


def caption(fence: Fence) -> str:
    """What stands above the fence."""
    if fence.language == "console":
        return f"**{fence.title.capitalize()}**"
    if is_typed(fence):
        return f"**`{fence.title}`**"
    name, _, lines = fence.title.partition("#")
    name, _, qualified = name.partition(":")
    link = os.path.relpath(ROOT / name, fence.document.parent)
    first, _, last = lines.replace("L", "").partition("-")
    return f"[`{link}`]({link})" + (
        f": `{qualified}`" if qualified else f", lines {first} to {last}" if lines else ""
    )


def missing(document: Path) -> Iterator[Fence]:
    """The titled fences that do not have their caption, a blank line between them."""
    lines = document.read_text(encoding="utf-8").splitlines()
    for fence in fences(document):
        opening = fence.line - 2
        if fence.title and lines[max(opening - 2, 0) : opening] != [fence.indent + caption(fence), ""]:
            yield fence


def write(document: Path) -> int:
    """Put the captions in, in place of older ones; return how many were missing."""
    found = list(missing(document))
    lines = document.read_text(encoding="utf-8").splitlines()
    for fence in reversed(found):
        opening = fence.line - 2
        old = opening >= 2 and not lines[opening - 1] and CAPTION.fullmatch(lines[opening - 2].strip())
        lines[opening - 2 * bool(old) : opening] = [fence.indent + caption(fence), ""]
    if found:
        replace(document, "\n".join(lines) + "\n")
    return len(found)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.captions", description=(__doc__ or "").split("\n")[0]
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--check", action="store_true", help="list what is missing; exit 1 if anything is")
    which.add_argument("--write", action="store_true", help="write them")
    options = parser.parse_args()
    if options.write:
        print(f"{sum(map(write, every_document()))} captions written.")
        return 0
    troubles = [
        f"{fence.place}: no caption: {caption(fence)}"
        for document in every_document()
        for fence in missing(document)
    ]
    print("\n".join(troubles) or "All titled blocks have their captions.")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
