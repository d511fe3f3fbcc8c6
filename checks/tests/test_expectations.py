"""The table of expected cells is judged before anything is held to it."""

import pytest

from checks.claim import Check, Evidence, Verdict, kept
from checks.expectations import (
    Expectations,
    WrongExpectations,
    departures,
    expected_in,
    in_containers,
    load,
    read,
    verdicts,
)
from checks.registry import every_check
from checks.site import Site


def probe(site: Site) -> Evidence:
    return kept("it is so")


def claim(name: str, since: int) -> Check:
    return Check(name, "Is it so?", since, "it is not so", "RFC 9110", "true", probe)


FIRST, SECOND = claim("first", 2), claim("second", 4)
ROWS = '[step02]\nfirst = "✗ ✓ ✓ ✓ ✓ ✓ ✓"\n[step04]\nsecond = "– ✗ ✗ ✓ ✓ ✓ ✓"\n'


def trouble(text: str) -> str:
    with pytest.raises(WrongExpectations) as caught:
        read(text, [FIRST, SECOND])
    return str(caught.value)


def test_the_table_of_the_project_fits_its_checks() -> None:
    expected = load()
    assert list(expected.rows) == [check.id for check in every_check()]
    assert len(expected.rows) >= 4


def test_a_row_is_read_step_by_step() -> None:
    expected = read(ROWS, [FIRST, SECOND])
    assert expected.cell("second", 1) is Verdict.ABSENT
    assert expected.cell("second", 3) is Verdict.BROKEN
    assert expected.cell("second", 4) is Verdict.KEPT


def test_a_step_breaks_what_the_next_one_mends() -> None:
    expected = read(ROWS, [FIRST, SECOND])
    assert [expected.mended_above(step) for step in range(1, 8)] == [
        ["first"],
        [],
        ["second"],
        [],
        [],
        [],
        [],
    ]
    assert expected.broken_at(2) == ["second"]


def test_a_check_without_a_row_is_named() -> None:
    assert "second has no row (add it under [step04])" in trouble('[step02]\nfirst = "✗ ✓ ✓ ✓ ✓ ✓ ✓"\n')


def test_a_row_without_a_check_is_named() -> None:
    assert "there is no check third" in trouble(ROWS + 'third = "✓ ✓ ✓ ✓ ✓ ✓ ✓"\n')


def test_a_row_stands_under_the_step_of_its_module() -> None:
    assert "first stands under [step04]" in trouble(
        ROWS.replace("[step02]\n", "").replace("[step04]", "", 1).replace("first", "[step04]\nfirst", 1)
    )


@pytest.mark.parametrize("row", ["✗ ✓ ✓ ✓ ✓ ✓", "✗ ✓ ✓ ✓ ✓ ✓ ✓ ✓", "x ✓ ✓ ✓ ✓ ✓ ✓"])
def test_a_row_has_seven_known_signs(row: str) -> None:
    assert "first needs 7 signs" in trouble(ROWS.replace("✗ ✓ ✓ ✓ ✓ ✓ ✓", row))


def test_what_departs_from_the_rule_needs_a_reason() -> None:
    lost = ROWS.replace("✗ ✓ ✓ ✓ ✓ ✓ ✓", "✗ ✓ ✓ ✗ ✓ ✓ ✓")
    assert "first departs from the rule without a reason under [reasons]: broken at 04" in trouble(lost)
    read(lost + '[reasons]\nfirst = "Step 04 forgets it."\n', [FIRST, SECOND])


def test_what_keeps_the_rule_needs_no_reason() -> None:
    assert "first keeps the rule" in trouble(ROWS + '[reasons]\nfirst = "For nothing."\n')


def test_a_reason_belongs_to_a_row() -> None:
    assert "[reasons] names third" in trouble(ROWS + '[reasons]\nthird = "For nobody."\n')


def test_text_that_is_no_toml_is_one_clear_line() -> None:
    assert trouble("first = ").startswith("expected.toml is no TOML: ")


@pytest.mark.parametrize(
    ("since", "row", "found"),
    [
        (1, "✓ ✓ ✓ ✓ ✓ ✓ ✓", []),
        (3, "– ✗ ✓ ✓ ✓ ✓ ✓", []),
        (5, "– ✗ ✓ ✗ ✓ ✓ ✓", ["kept already at 03"]),
        (6, "– – – – – ✓ ✓", ["absent just below, at 05"]),
        (2, "✗ ✓ ✓ – ✓ ✓ ✓", ["absent at 04, though of step 02"]),
        (4, "– – ✓ ✓ ✓ ✓ ✓", ["kept already at 03"]),
    ],
)
def test_departures_are_told(since: int, row: str, found: list[str]) -> None:
    assert departures(since, verdicts(row)) == found


def test_off_linux_a_check_may_be_skipped_for_want_of_a_second_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = Expectations({"a": verdicts("✓ ✓ ✓ ✓ ✓ ✓ ✓")}, {})
    for platform, agrees in (("linux", False), ("darwin", True)):
        monkeypatch.setattr("sys.platform", platform)
        assert expected.agrees("a", 4, Verdict.SKIPPED) is agrees
        assert expected.agrees("a", 4, Verdict.KEPT)
        assert not expected.agrees("a", 4, Verdict.BROKEN)


def test_in_containers_all_is_as_natively_but_for_the_rows_that_say_why() -> None:
    native, contained = load(), expected_in("containers")
    departing = {name for name in native.rows if native.rows[name] != contained.rows[name]}
    assert departing == {"guessed-password", "login-flood"}
    assert all(contained.reasons[name] != native.reasons.get(name) for name in departing)


@pytest.mark.parametrize(
    "line",
    [
        '[first]\nrow = "✗ ✓ ✓ ✓ ✓ ✓ ✓"\nwhy = "but it does not depart"',
        '[first]\nrow = "✗ ✗ ✓ ✓ ✓ ✓ ✓"\nwhy = " "',
        '[third]\nrow = "✗ ✗ ✓ ✓ ✓ ✓ ✓"\nwhy = "but there is none"',
        '[first]\nrow = "✗ ✗"\nwhy = "but it is short"',
    ],
    ids=["the same", "no reason", "no check", "too short"],
)
def test_a_row_for_containers_that_says_nothing_is_refused(line: str) -> None:
    with pytest.raises(WrongExpectations, match="needs a row that departs"):
        in_containers(read(ROWS, [FIRST, SECOND]), line)
