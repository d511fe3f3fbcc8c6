"""The judgement over a run, and the memory of the last one."""

from pathlib import Path

import pytest

from checks.claim import Verdict
from checks.learner.progress import (
    Memory,
    Score,
    compare,
    file_of,
    is_miss,
    load,
    remember,
    save,
    score,
    with_mend,
)
from checks.tests.learners import outcome_of

KEPT, BROKEN, ABSENT, SKIPPED = Verdict.KEPT, Verdict.BROKEN, Verdict.ABSENT, Verdict.SKIPPED


@pytest.mark.parametrize(
    ("verdict", "miss"), [(KEPT, False), (BROKEN, True), (ABSENT, True), (SKIPPED, False)]
)
def test_broken_and_absent_count_against_a_server_and_skipped_does_not(verdict: Verdict, miss: bool) -> None:
    assert is_miss(outcome_of("page", verdict)) is miss


def test_the_score_counts_what_could_be_asked() -> None:
    result = score([outcome_of("a", verdict) for verdict in (KEPT, KEPT, BROKEN, ABSENT, SKIPPED)])
    assert result == Score(kept=2, missed=2, skipped=1)
    assert (str(result), result.status) == ("2 of 4", 1)


def test_a_run_without_a_miss_succeeds() -> None:
    assert score([outcome_of("a"), outcome_of("b", SKIPPED)]).status == 0


def test_who_gives_an_address_is_told_how_to_give_the_power() -> None:
    outcome = with_mend(outcome_of("killed-app", SKIPPED, power="kill", says="no power"), frozenset())
    assert outcome.evidence.says == "no power: give CMD= instead of URL="


def test_a_power_that_no_learner_can_give_is_not_asked_for() -> None:
    outcome = with_mend(outcome_of("renewed", SKIPPED, power="renew", says="no power"), frozenset({"kill"}))
    assert "CMD" not in outcome.evidence.says


def test_what_was_skipped_for_another_reason_keeps_its_reason() -> None:
    outcome = outcome_of("killed-app", SKIPPED, power="kill", says="another")
    assert with_mend(outcome, frozenset({"kill"})) == outcome


BEFORE = Memory("http://a", "1 of 3", {"page": True, "form": False, "crash": True})


def test_news_are_what_changed_since_the_last_time() -> None:
    change = compare(
        BEFORE,
        [outcome_of("page", BROKEN), outcome_of("form"), outcome_of("crash", SKIPPED), outcome_of("new")],
    )
    assert (change.newly_kept, change.lost_again) == (("form",), ("page",))


def test_a_check_that_is_skipped_is_remembered_as_it_was() -> None:
    after = remember(BEFORE, "http://b", [outcome_of("crash", SKIPPED), outcome_of("form")])
    assert after == Memory("http://b", "1 of 1", {"page": True, "form": True, "crash": True})


def test_the_memory_survives_the_file(tmp_path: Path) -> None:
    file = file_of(tmp_path / "run" / "checks", 2)
    save(file, BEFORE)
    assert load(file) == BEFORE
    assert [path.name for path in file.parent.iterdir()] == ["step02.json"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"kept": 1}', '{"kept": {}, "score": "1 of 2"}', "\xff"])
def test_a_file_that_makes_no_sense_is_no_memory(tmp_path: Path, text: str) -> None:
    file = tmp_path / "step02.json"
    file.write_text(text, "latin-1")
    assert load(file) is None


def test_without_a_file_there_is_no_memory(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") is None
