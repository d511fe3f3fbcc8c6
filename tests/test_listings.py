"""Every titled listing equals its source, and the tool that sees to it does what it says."""

from pathlib import Path

import pytest

from tests import listings
from tests.documents import LESSONS, every_document, fences, shown

MODULE = '''\
"""A module."""

import functools

LIMIT = 3


@functools.cache
def answer(question: str) -> int:
    """Forty-two."""
    return 42


class Greeter:
    def greet(self) -> str:
        text = "hello"

        return text
'''


@pytest.mark.parametrize("document", every_document(), ids=shown)
def test_listings_are_as_their_sources(document: Path) -> None:
    stale = [f"{one.fence.place}: {one.fence.title}" for one in listings.listings(document) if one.is_stale]
    assert not stale, "stale (make listings rewrites them):\n" + "\n".join(stale)


@pytest.mark.parametrize("lesson", LESSONS, ids=shown)
def test_every_lesson_has_a_listing(lesson: Path) -> None:
    assert any(listings.is_listing(fence) for fence in fences(lesson))


@pytest.mark.parametrize("document", every_document(), ids=shown)
def test_no_listing_is_longer_than_25_lines(document: Path) -> None:
    found = [fence for fence in fences(document) if listings.is_listing(fence)]
    assert [f"{fence.place}: {len(fence.lines)} lines" for fence in found if len(fence.lines) > 25] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=shown)
def test_the_reader_types_at_most_30_lines_a_step(lesson: Path) -> None:
    typed = [fence for fence in fences(lesson) if listings.is_typed(fence)]
    lines = [line for fence in typed for line in fence.lines if line.strip()]
    assert len(lines) <= 30, [f"{fence.place}: {len(fence.lines)}" for fence in typed]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "module.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "site.conf").write_text("one;\ntwo;\nthree;\nfour;\n", encoding="utf-8")
    return tmp_path


def write(tree: Path, title: str, content: str = "stale\n") -> Path:
    document = tree / "README.md"
    document.write_text(f'# Title\n\n```python title="{title}"\n{content}```\n\nAfter.\n', encoding="utf-8")
    return document


@pytest.mark.parametrize(
    ("title", "first", "last"),
    [
        ("module.py:answer", "@functools.cache", "    return 42"),
        ("module.py:Greeter", "class Greeter:", "        return text"),
        ("module.py:Greeter.greet", "def greet(self) -> str:", "    return text"),
        ("module.py:LIMIT", "LIMIT = 3", "LIMIT = 3"),
        ("module.py", '"""A module."""', "        return text"),
        ("site.conf", "one;", "four;"),
        ("site.conf#L2-L3", "two;", "three;"),
    ],
)
def test_a_title_names_a_file_an_object_or_lines(tree: Path, title: str, first: str, last: str) -> None:
    (listing,) = listings.listings(write(tree, title), tree)
    lines = listing.source.splitlines()
    assert (lines[0], lines[-1]) == (first, last)
    assert listing.is_stale


def test_to_rewrite_changes_the_listing_and_nothing_else(tree: Path) -> None:
    document = write(tree, "site.conf#L2-L3", "old\nlines\nhere\n")
    assert listings.rewrite(document, tree) == 1
    assert document.read_text(encoding="utf-8") == (
        '# Title\n\n```python title="site.conf#L2-L3"\ntwo;\nthree;\n```\n\nAfter.\n'
    )
    assert listings.rewrite(document, tree) == 0
    assert sorted(path.name for path in tree.iterdir()) == ["README.md", "module.py", "site.conf"]


def test_a_listing_in_a_list_keeps_its_indent(tree: Path) -> None:
    document = tree / "README.md"
    document.write_text(
        '1. First:\n\n   ```nginx title="site.conf#L1-L2"\n   old\n   ```\n', encoding="utf-8"
    )
    listings.rewrite(document, tree)
    assert "   one;\n   two;\n   ```\n" in document.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("title", "message"),
    [
        ("gone.py", "there is no file gone.py"),
        ("module.py:gone", "module.py has no gone"),
        ("module.py:Greeter.gone", "module.py has no Greeter.gone"),
        ("site.conf#L3-L9", "no lines L3-L9 in site.conf"),
    ],
)
def test_a_source_that_is_gone_is_a_clear_error(tree: Path, title: str, message: str) -> None:
    with pytest.raises(listings.SourceMissing, match=message):
        list(listings.listings(write(tree, title), tree))


def test_terminals_and_typed_programs_are_no_listings(tree: Path) -> None:
    assert list(listings.listings(write(tree, "my/program.py"), tree)) == []
    document = tree / "README.md"
    document.write_text('```console title="terminal 1"\n$ true\n```\n', encoding="utf-8")
    assert list(listings.listings(document, tree)) == []
