"""The list of checks."""

import io

import pytest
from rich.console import Console

from checks import catalogue
from checks.tests.cells import CHECKS


def test_each_check_has_a_row_below_its_step() -> None:
    assert catalogue.markdown(CHECKS).splitlines()[2:] == [
        "| 02 HTTP | `first` | Is &lt;b> \\| shown? | RFC 9110, 15.5.5 |",
        "| 04 Flask | `second` | Is it so? | RFC 9110, 15.5.5 |",
    ]


def test_only_what_stands_between_the_marks_is_written_anew() -> None:
    text = f"# Title\n\n{catalogue.BEGIN}\nold\n{catalogue.END}\n\nMore.\n"
    fresh = catalogue.rewritten(text, CHECKS)
    assert fresh.startswith(f"# Title\n\n{catalogue.BEGIN}\n\n| Since |")
    assert fresh.endswith(f"\n{catalogue.END}\n\nMore.\n")
    assert "old" not in fresh
    assert catalogue.rewritten(fresh, CHECKS) == fresh


def test_a_document_without_the_marks_is_not_guessed_at() -> None:
    with pytest.raises(catalogue.NoPlace):
        catalogue.rewritten("# Title\n", CHECKS)


def test_the_list_fits_a_terminal() -> None:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(catalogue.table(CHECKS))
    assert isinstance(console.file, io.StringIO)
    assert "Is <b> | shown?" in console.file.getvalue()
