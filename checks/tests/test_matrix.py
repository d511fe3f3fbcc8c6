"""The matrix: what a run leaves, and the documents made from it."""

import dataclasses
import io
import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from checks.claim import Culprit, Moment, Verdict, broken
from checks.matrix import record
from checks.matrix import table as matrix_table
from checks.matrix.markdown import markdown
from checks.matrix.page import page
from checks.matrix.places import NoSuchPlace, targets_in
from checks.runner import Outcome
from checks.target import Address, Target
from checks.tests.cells import CHECKS, EXPECTED, RUN, claim
from tests.documents import ROOT

TARGET = Target(
    "step06",
    Address("127.0.0.1", 20001),
    Address("127.0.0.1", 20002, tls=True),
    Path("/tmp/stack-x/authority/root.pem"),
)


def printed(width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(matrix_table.table(RUN, CHECKS, EXPECTED))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


# ---- what is kept of a run


def test_a_run_survives_json() -> None:
    assert record.from_json(record.to_json(RUN)) == RUN


def test_a_cell_names_the_ports_and_folders_of_make_up() -> None:
    outcome = Outcome(
        claim("first", 2),
        "step06",
        broken("no answer at port 20002", "silent", culprit=Culprit(b"Host: localhost:20002\r\n", 0)),
        (Moment(0.0, "connected"), Moment(0.1, "sent", b"Host: localhost:20002")),
        0.5,
        "curl --cacert /tmp/stack-x/authority/root.pem https://localhost:20002/ http://localhost:20001/",
    )
    cell = record.cell_of(outcome, 6, TARGET)
    assert cell.says == "no answer at port 8446"
    assert (
        cell.command == "curl --cacert run/authority/root.pem https://localhost:8446/ http://localhost:8006/"
    )
    assert cell.timeline[1] == (0.1, "sent", "Host: localhost:8446")


def test_carets_stay_below_the_bytes_that_decide() -> None:
    evidence = broken("it is not so", "silent", culprit=Culprit(b"Host: localhost:20002 x\r\n", 22))
    cell = record.cell_of(Outcome(claim("first", 2), "step06", evidence, (), 0.5, ""), 6, TARGET)
    ((row, carets),) = cell.bytes
    assert row[carets.index("^")] == "x"


def test_a_long_timeline_keeps_its_beginning_and_its_end() -> None:
    moments = tuple(Moment(number, f"moment {number}") for number in range(50))
    evidence = broken("it is not so", "silent")
    cell = record.cell_of(Outcome(claim("first", 2), "step06", evidence, moments, 0.5, ""), 6, TARGET)
    assert [what for _, what, _ in cell.timeline][2:5] == ["moment 2", "… 42 more …", "moment 45"]


# ---- the terminal


def test_the_table_fits_a_hundred_columns() -> None:
    lines = printed().splitlines()
    assert max(len(line) for line in lines) <= 100
    assert "…" not in printed()


def test_the_table_shows_signs_and_figures() -> None:
    row = next(line for line in printed().splitlines() if "first" in line)
    assert row.split() == ["first", "bytes", "✗", *["✓", "12.8k"] * 2, "✗", *["✓", "12.8k"] * 3]


def test_a_cell_that_was_not_expected_is_marked_and_explained() -> None:
    cell = dataclasses.replace(RUN.cells[0], verdict=Verdict.KEPT, says="it is so")
    assert str(matrix_table.sign(cell, EXPECTED)) == "✓!"
    assert matrix_table.difference(cell, EXPECTED) == (
        "first at 01 raw socket: expected ✗ broken, found ✓ kept (it is so)"
    )


@pytest.mark.parametrize(
    ("figure", "words"),
    [(0.0, "0"), (15.42, "15.4"), (120.4, "120"), (2532, "2,532"), (12835, "12.8k"), (8_000_000, "8M")],
)
def test_a_figure_takes_few_characters(figure: float, words: str) -> None:
    assert matrix_table.short(figure) == words


# ---- the documents


def test_the_document_has_a_row_for_each_check_and_its_reason() -> None:
    text = markdown(RUN, CHECKS, EXPECTED)
    assert "| Is &lt;b> \\| shown?<br>`first` | ✗ | ✓ 12,835 bytes |" in text
    assert "- `first`: Step 04 forgets `it`." in text
    assert "Measured on 2026-11-26 05:00 UTC, in 161 seconds, on a machine with 2 cores" in text


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_fetches_nothing() -> None:
    made = Page(page(RUN, CHECKS, EXPECTED))
    assert made.all("img") == []
    assert [script for script in made.all("script") if "src" in script] == []
    assert [link["href"] for link in made.all("link")] == ["data:,"]


def test_the_page_is_a_table_whose_cells_a_keyboard_reaches() -> None:
    made = Page(page(RUN, CHECKS, EXPECTED))
    scopes = [header.get("scope") for header in made.all("th")]
    assert [scopes.count(scope) for scope in ("col", "rowgroup", "row")] == [8, 2, 2]
    buttons = [button["data-details"] for button in made.all("button")]
    assert len(buttons) == len(RUN.cells)
    assert buttons == [template["id"] for template in made.all("template")]


def test_the_page_shows_what_a_site_sent_as_text() -> None:
    text = page(RUN, CHECKS, EXPECTED)
    assert "<script>alert" not in text
    assert "GET &lt;x&gt;" in text
    assert "Look at <code>it</code>." in text


# ---- the command


def command(*words: str, run: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "checks", "matrix", *words],
        cwd=ROOT,
        env={**os.environ, "RUN": str(run)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.timeout(150)
def test_two_checks_at_two_steps_come_out_as_expected(tmp_path: Path) -> None:
    ran = command("--steps", "01 02", "--checks", "page", "not-found", run=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "4 cells" in ran.stdout
    assert "all as expected" in ran.stdout
    assert "docs/" not in ran.stdout.splitlines()[-1]
    cells = json.loads((tmp_path / "checks" / "matrix.json").read_text(encoding="utf-8"))["cells"]
    found = {(cell["check"], cell["step"]): cell["verdict"] for cell in cells}
    assert found[("page", 1)] == "broken"
    assert found[("not-found", 2)] == "kept"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--steps", "09"], "there is no step09 here"),
        (["--checks", "nothing"], "there is no check nothing"),
        (["--target", "moon"], "there is no TARGET=moon"),
    ],
)
def test_a_wrong_word_is_one_clear_line(words: list[str], said: str, tmp_path: Path) -> None:
    ran = command(*words, run=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.startswith(said)
    assert len(ran.stderr.splitlines()) == 1


def test_documents_of_no_run_are_one_clear_line(tmp_path: Path) -> None:
    ran = command("--again", run=tmp_path)
    assert ran.returncode == 1
    assert "make matrix writes it" in ran.stderr


def test_a_place_that_does_not_exist_starts_nothing() -> None:
    with pytest.raises(NoSuchPlace), targets_in("moon", [1]):
        pass
