"""Every console block of every lesson, run as a reader would run it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import lessons
from tests.documents import LESSONS, ROOT, SOLUTIONS, shown

Needs = Callable[[str], str]
DOCUMENTS = [*LESSONS, *SOLUTIONS, ROOT / "docs" / "troubleshooting.md"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_what_the_document_says_is_what_happens(document: Path, needs: Needs) -> None:
    for program in ("bash", "curl", "make"):
        needs(program)
    left_out = lessons.missing(document)
    if os.environ.get("CI") == "true":
        for program in left_out:
            needs(program)
    results = list(lessons.run(document))
    assert results, f"{shown(document)} has no console block"
    wrong = [result.report() for result in results if result.trouble]
    assert not wrong, "\n\n" + "\n\n".join(wrong)
    for program in left_out:
        needs(program)  # all else is as it says; this skips with the reason


def test_there_is_a_lesson_for_each_of_the_seven_steps() -> None:
    assert len(LESSONS) == 7
