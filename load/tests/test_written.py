"""What is written from results: the order of turns, the stories, the page, the pictures."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from load import document
from load.charts import PANELS, draw, figures
from load.comparison import Results, from_json, swaps, to_json, turns
from load.scenarios import SCENARIOS
from load.stories import stories
from load.tests.made import RATES, results

ROOT = Path(__file__).resolve().parents[2]


def test_every_second_round_goes_backwards() -> None:
    assert list(turns([2, 3, 4], 2)) == [(0, 2), (0, 3), (0, 4), (1, 4), (1, 3), (1, 2)]


def test_results_come_back_from_json_as_they_were() -> None:
    made = results()
    assert from_json(json.loads(json.dumps(to_json(made)))) == made


def test_an_order_that_changes_between_rounds_is_told() -> None:
    made = results()
    assert swaps(made, "throughput", "page") == []
    second = made.of("page", 2)[1]
    place = made.runs.index(second)
    made.runs[place] = replace(second, requests=100_000)
    assert swaps(made, "throughput", "page") == [(2, step) for step in (3, 5, 6, 7)]
    assert "not for page: 02 and 03" in document.ranking(made)


def test_steps_that_are_nearly_alike_have_no_order() -> None:
    assert (6, 7) not in swaps(results(), "throughput", "page")


def test_each_step_has_a_story_of_two_sentences_with_its_own_figures() -> None:
    made = results()
    told = stories(made)
    assert sorted(told) == sorted(RATES)
    for step, story in told.items():
        assert story.count(". ") == 1, story
        assert story.endswith(".")
        slow = f"{made.value('throughput', 'slow', step):,.0f}"
        assert slow in story or step == 4
        assert "nan" not in story


def test_the_page_names_every_scenario_and_marks_what_the_generator_bounds() -> None:
    text = document.text(results())
    assert "{" not in text
    for name in SCENARIOS:
        assert f"### {name}\n" in text
        assert f"load/{name}.png" in text
    assert "| page | 05 | 5,250 ⚠ |" in text
    assert "| page | 04 | 945 |" in text
    assert "| 05 | 500 ⚠ | 500 ⚠ |" in text
    assert "| 04 | 400 | 400 |" in text
    assert "| open | 1,000 | 2.0 ms | 500 ms | 500 ms | 200 (20.0%) |" in text


def test_the_page_in_the_docs_is_what_its_data_make_of_it() -> None:
    stored = document.stored(ROOT / "docs")
    assert document.text(stored) == (ROOT / "docs" / "load.md").read_text(encoding="utf-8")
    for name, _ in figures(stored):
        assert (ROOT / "docs" / "load" / f"{name}.png").stat().st_size > 5000


@pytest.fixture(scope="module")
def made() -> Results:
    return results()


def test_each_picture_has_titles_steps_and_figures(made: Results) -> None:
    for name, figure in figures(made):
        words = {text.get_text().strip() for axis in figure.axes for text in [*axis.texts, axis.title]}
        words |= {label.get_text() for axis in figure.axes for label in axis.get_yticklabels()}
        words |= {axis.get_title(loc="left").split(" (")[0] for axis in figure.axes}
        assert figure.get_suptitle()
        if name in SCENARIOS:
            assert set(PANELS.values()) <= words
        if name != "closed-and-open":
            step = "step 05"
            assert step in words
            assert any(word[:1].isdigit() for word in words)
        else:
            assert [axis.get_xlabel() for axis in figure.axes] == ["percentile of all requests"]


def test_no_picture_is_empty(made: Results, tmp_path: Path) -> None:
    from PIL import Image

    drawn = draw(made, tmp_path)
    assert len(drawn) == len(SCENARIOS) + 3
    for path in drawn:
        with Image.open(path) as picture:
            assert picture.width > 800
            assert len(picture.convert("RGB").getcolors(picture.width * picture.height) or []) > 20
