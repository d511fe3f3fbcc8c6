"""The form of a lesson: a question, a prediction, a failure, the component, the same experiment again.

The numbers are the course's own rules for its writers; a reader who must read 150 words before the
next command or picture is a reader lost.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it.token import Token

from tests.documents import LESSONS, SOLUTIONS, every_document, fences, shown, tokens

SECTIONS = [
    "Where you are",
    "Predict",
    "Break it",
    "What happened",
    "The component",
    "Type this",
    "Read the code",
    "Break it again",
    "What it costs",
    "Who else could do this",
    "Still broken",
    "Exercises",
    "Say it",
]
IN_THIS_ORDER_AT_THE_END = SECTIONS[8:]
MAY_BE_LONG = ("Who else could do this", "Exercises", "Say it")
LONGEST_WITHOUT_A_BREAK = 150
LONGEST = {"step02_http": 2400, "step05_nginx": 2400}


@dataclass(frozen=True)
class Piece:
    """A run of prose words, or what breaks it: a command, a listing, a picture, a table."""

    section: str
    line: int
    words: int
    breaks: bool


def pieces(document: Path) -> Iterator[Piece]:
    section, in_heading, in_table = "", False, False
    for token in tokens(document):
        line = token.map[0] + 1 if token.map else 0
        in_heading = token.type == "heading_open" or (in_heading and token.type != "heading_close")
        in_table = token.type == "table_open" or (in_table and token.type != "table_close")
        if token.type in ("fence", "code_block", "table_open"):
            yield Piece(section, line, 0, breaks=True)
        elif token.type == "inline":
            section = token.content if in_heading else section
            picture = any(child.type == "image" for child in token.children or [])
            words = 0 if in_table else len(token.content.split())
            yield Piece(section, line, words, breaks=picture)


def headings(document: Path) -> list[str]:
    found = pairwise(tokens(document))
    return [after.content for before, after in found if before.type == "heading_open"]


def is_section(heading: str, name: str) -> bool:
    """``Act A · Break it`` and ``The component, and why`` are sections too."""
    return name.lower() in re.split(r"\s*[·:,–—]\s*", heading.lower())


def words_of(document: Path) -> int:
    return sum(piece.words for piece in pieces(document))


def test_there_is_a_lesson_to_judge() -> None:
    assert LESSONS


@pytest.mark.parametrize("lesson", LESSONS, ids=shown)
class TestLesson:
    def test_the_first_command_comes_within_100_words(self, lesson: Path) -> None:
        first = next((fence.line for fence in fences(lesson) if fence.language == "console"), None)
        assert first is not None, "no command at all"
        assert sum(piece.words for piece in pieces(lesson) if piece.line < first) <= 100

    def test_there_are_never_150_words_without_a_command_a_listing_or_a_picture(self, lesson: Path) -> None:
        words, since = 0, 1
        for piece in pieces(lesson):
            if piece.breaks:
                words, since = 0, piece.line
            elif not any(is_section(piece.section, name) for name in MAY_BE_LONG):
                words += piece.words
            assert words <= LONGEST_WITHOUT_A_BREAK, f"{shown(lesson)}:{since}–{piece.line}: {words} words"

    def test_every_section_is_there(self, lesson: Path) -> None:
        found = headings(lesson)
        missing = [name for name in SECTIONS if not any(is_section(heading, name) for heading in found)]
        assert missing == [], f"headings: {found}"

    def test_the_lesson_begins_with_where_you_are_and_ends_in_order(self, lesson: Path) -> None:
        found = headings(lesson)
        assert is_section(found[1], "Where you are"), found[:3]
        places = [
            next((place for place, heading in enumerate(found) if is_section(heading, name)), -1)
            for name in IN_THIS_ORDER_AT_THE_END
        ]
        assert places == sorted(places), found

    def test_the_title_is_a_question_of_at_most_12_words(self, lesson: Path) -> None:
        title = headings(lesson)[0]
        assert title.endswith("?"), title
        assert len(title.split()) <= 12, title

    def test_there_is_a_diagram(self, lesson: Path) -> None:
        assert any(fence.language == "mermaid" for fence in fences(lesson))

    def test_it_is_neither_too_short_nor_too_long(self, lesson: Path) -> None:
        assert 900 <= words_of(lesson) <= LONGEST.get(lesson.parent.name, 1900)

    def test_it_has_three_exercises_each_with_its_solution(self, lesson: Path) -> None:
        assert exercises(lesson) == 3
        solutions = [
            token for token in tokens(lesson.with_name("SOLUTIONS.md")) if token.type == "heading_open"
        ]
        assert sum(token.tag == "h2" for token in solutions) >= 3


def exercises(lesson: Path) -> int:
    """The items of the list, or the headings, below the heading Exercises."""
    found, inside, level = 0, False, ""
    for before, token in pairwise(tokens(lesson)):
        if before.type == "heading_open":
            if is_section(token.content, "Exercises"):
                inside, level = True, before.tag
            elif inside and before.tag <= level:
                inside = False
            elif inside:
                found += 1
        elif inside and token.type == "list_item_open" and token.level == 1:
            found += 1
    return found


@pytest.mark.parametrize("document", every_document(), ids=shown)
def test_diagrams_have_a_kind_and_balanced_brackets(document: Path) -> None:
    for fence in fences(document):
        if fence.language == "mermaid":
            assert re.match(r"(flowchart (LR|RL|TB|TD|BT)|sequenceDiagram)\n", fence.content), fence.place
            opened = [fence.content.count(sign) for sign in "([{"]
            assert opened == [fence.content.count(sign) for sign in ")]}"], fence.place
            assert all(line.count('"') % 2 == 0 for line in fence.lines), fence.place
            blocks = re.findall(
                r"^\s*(?:subgraph|loop|alt|opt|par|rect|critical|break|box)\b", fence.content, re.M
            )
            assert len(blocks) == len(re.findall(r"^\s*end\s*$", fence.content, re.M)), fence.place


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to the headings, and those that are set by hand."""
    found: set[str] = set(re.findall(r'<a (?:id|name)="([^"]+)"', document.read_text(encoding="utf-8")))
    for heading in headings(document):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = 1
        name = slug
        while name in found:
            name = f"{slug}-{count}"
            count += 1
        found.add(name)
    return found


def targets(document: Path) -> Iterator[tuple[int, str]]:
    for token in tokens(document):
        for child in token.children or []:
            if target := _target(child):
                yield (token.map[0] + 1 if token.map else 0), target


def _target(child: Token) -> str:
    return str(child.attrGet("href") or child.attrGet("src") or "")


@pytest.mark.parametrize("document", every_document(), ids=shown)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    broken = []
    for line, target in targets(document):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / unquote(name)).resolve() if name else document
        if not path.exists() or (anchor and path.suffix == ".md" and unquote(anchor) not in anchors(path)):
            broken.append(f"{shown(document)}:{line}: {target}")
    assert broken == []


def test_the_documents_link_to_each_other() -> None:
    assert any(True for document in every_document() for _ in targets(document))


def test_every_lesson_has_its_solutions() -> None:
    assert [shown(path) for path in SOLUTIONS if not path.exists()] == []
