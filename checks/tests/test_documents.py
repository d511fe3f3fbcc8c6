"""The documents say what the checks and their expected cells say. Nothing is run here."""

import re

from checks import catalogue
from checks.expectations import SIGNS, load
from checks.matrix import matrix
from checks.registry import every_check
from tests.documents import ROOT

ROW = re.compile(r"\| .*<br>`([a-z0-9-]+)` \|(.*)\|")


def test_the_why_matrix_has_every_check_with_the_expected_signs() -> None:
    text = (ROOT / matrix.MARKDOWN).read_text(encoding="utf-8")
    found = {
        row[1]: tuple(SIGNS[cell.split()[0]] for cell in row[2].split("|")) for row in ROW.finditer(text)
    }
    assert list(found) == [check.id for check in every_check()]
    assert found == load().rows


def test_the_why_matrix_has_every_question_and_reason() -> None:
    text = (ROOT / matrix.MARKDOWN).read_text(encoding="utf-8")
    missing = [check.id for check in every_check() if f"{check.question}<br>" not in text]
    missing += [name for name, reason in load().reasons.items() if f"- `{name}`: {reason}" not in text]
    assert missing == []


def test_the_page_has_every_check_with_the_expected_verdicts() -> None:
    text = (ROOT / matrix.PAGE).read_text(encoding="utf-8")
    cells = re.findall(r'class="cell (\w+)" aria-pressed="false" data-details="([\w-]+)-(\d)"', text)
    assert [(name, int(step), verdict) for verdict, name, step in cells] == [
        (name, step, verdict) for name, row in load().rows.items() for step, verdict in enumerate(row, 1)
    ]


def test_the_list_of_checks_is_up_to_date() -> None:
    text = (ROOT / catalogue.DOCUMENT).read_text(encoding="utf-8")
    assert catalogue.rewritten(text, every_check()) == text, "run: .venv/bin/python -m checks list --write"
