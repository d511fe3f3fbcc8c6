"""The comparison of deployments: its arithmetic, its goals, and the part of the document that it writes."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from bench import processor
from bench.document import write_part
from bench.stack import plan
from bench.stack.goals import judge
from bench.stack.part import COMMAND, document, rewrite
from bench.stack.report import terminal_tables
from bench.stack.results import Backend, Figure, Results

ABOUT = dict.fromkeys(("machine", "nginx", "versions", "generator", "pinned"), "something")
RATES = {  # requests for each second of the processor, in both rounds
    plan.FLASK_RUN: 1000,
    plan.GUNICORN: 2000,
    plan.COMPOSE: 1000,
    plan.STEP04: 1500,
    plan.STEP05: 1600,
    plan.STEP06: 1500,
    plan.STEP07: 1200,
    plan.ALONE: 1600,
    plan.BLOCKS: 1700,
}


def figure(kind: plan.Kind, row: plan.Row, crowd: bool, number: int, rate: float, p99: float = 10) -> Figure:
    return Figure(kind.step, row.id, crowd, number, int(rate), 0, 1.0, 1.0 if rate else 0.0, p99)


@pytest.fixture
def results() -> Results:
    found = Results(ABOUT, rounds=2, seconds=1.0, cores=[1.9, 2.0])
    for number in range(2):
        for kind, rate in RATES.items():
            for row in plan.ROWS if kind not in plan.FILES_ONLY else [plan.FILE]:
                times = 20 if kind.ours and kind is not plan.STEP04 and row is plan.ANONYMOUS else 1
                dead = kind in (plan.GUNICORN, plan.STEP04)
                found.figures.append(figure(kind, row, False, number, rate * times))
                found.figures.append(figure(kind, row, True, number, 0 if dead else rate * times, 15))
        for (name, _), rate in zip(plan.BACKENDS.items(), (100, 101, 190), strict=True):
            found.backends.append(Backend(name, plan.COMPUTING.id, number, rate))
            found.backends.append(Backend(name, plan.WAITING.id, number, rate))
    return found


def test_a_ratio_is_taken_within_a_round_and_sorted() -> None:
    row = plan.TEMPLATE
    found = Results(figures=[figure(plan.STEP05, row, False, n, rate) for n, rate in enumerate((300, 100))])
    found.figures += [figure(plan.COMPOSE, row, False, n, rate) for n, rate in enumerate((100, 100, 9))]
    assert found.ratios(plan.STEP05, plan.COMPOSE, row, False) == [1.0, 3.0]


def test_who_answers_where_the_other_answers_nothing_is_ahead_without_end() -> None:
    row = plan.TEMPLATE
    found = Results(figures=[figure(plan.STEP05, row, True, 0, 300), figure(plan.COMPOSE, row, True, 0, 0)])
    assert found.ratios(plan.STEP05, plan.COMPOSE, row, True) == [math.inf]
    assert found.ratios(plan.COMPOSE, plan.STEP05, row, True) == [0.0]
    found.figures = [figure(plan.STEP05, row, True, 0, 0), figure(plan.COMPOSE, row, True, 0, 0)]
    assert found.ratios(plan.STEP05, plan.COMPOSE, row, True) == []


def test_a_site_that_answers_nobody_beside_slow_clients_is_slower_without_end() -> None:
    pair = [figure(plan.STEP07, plan.FILE, False, 0, 100), figure(plan.STEP07, plan.FILE, True, 0, 0, 0)]
    assert Results(figures=pair).slowdowns(plan.STEP07, plan.FILE) == [math.inf]


def test_every_goal_is_judged_by_its_worst_page(results: Results) -> None:
    verdicts = {one.goal.text: one for one in judge(results)}
    assert len(verdicts) == 7
    assert all(one.met for one in verdicts.values())
    assert verdicts["step 07's p99 with slow clients, times without"].middle == 1.5
    assert verdicts["two apps, times one, on two cores"].middle == pytest.approx(1.9)
    worse = figure(plan.STEP07, plan.SLOW, True, 0, 100, p99=50)
    results.figures = [worse if (one.step, one.row, one.crowd) == ("step07", "slow", True) else one
                       for one in results.figures]  # fmt: skip
    missed = [one for one in judge(results) if not one.met]
    assert [(one.where, one.middle) for one in missed] == [("slow route, 50 ms", 5.0)]
    assert "Why a goal was missed:\n\n- *step 07's p99" in document(results)
    assert "both sides of the bound" not in document(results)


def test_a_goal_whose_rounds_differ_about_it_is_called_undecided() -> None:
    row = plan.TEMPLATE
    found = Results(ABOUT, rounds=2)
    for number, rate in enumerate((1200, 1600)):
        found.figures.append(figure(plan.STEP05, row, False, number, rate))
        found.figures.append(figure(plan.COMPOSE, row, False, number, 1000))
    (template,) = [one for one in judge(found) if one.goal.bound == 1.5]
    assert (template.middle, template.met, template.undecided) == (1.4, False, True)
    assert "both sides of the bound" in document(found)


def test_of_what_was_not_measured_nothing_is_said() -> None:
    assert judge(Results()) == []


def test_the_figures_outlive_the_run(results: Results, tmp_path: Path) -> None:
    results.save(tmp_path / "kept.json")
    assert Results.load(tmp_path / "kept.json") == results


def test_the_document_has_every_cell_and_every_goal(results: Results) -> None:
    text = document(results)
    assert (
        "| template page, never cached | 1,000 | 2,000 | 1,000 | 1,500 | 1,600 | 1,500 | 1,200 |  |  |"
        in text
    )
    assert "| … beside 200 slow clients | 1,000 | none | 1,000 | none | 1,600 | 1,500 | 1,200 |  |  |" in text
    assert text.count("| yes |") == 7
    assert "2 apps, 8 threads each | 190 | 1.90 (1.90–1.90) |" in text
    assert "built for size" not in text
    results.quotable = False
    assert "built for size" in document(results)
    assert [table.row_count for table in terminal_tables(results)] == [9, 9, 7]


def test_each_command_rewrites_its_own_part_and_no_other(results: Results, tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    write_part(page, "make bench", "# One")
    write_part(page, COMMAND, document(results))
    write_part(page, "make bench", "# Two, with \\1 in it")
    text = page.read_text(encoding="utf-8")
    assert text.count("<!-- written by") == text.count("<!-- end of") == 2
    assert "# One" not in text
    assert text.index("# Two, with \\1 in it") < text.index("## The deployed stack")


def test_the_picture_has_a_bar_for_every_figure(results: Results, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="make bench-stack installs matplotlib when it is first needed")
    rewrite(tmp_path, results)
    assert (tmp_path / "performance-stack.png").stat().st_size > 20_000
    assert "## The deployed stack" in (tmp_path / "performance.md").read_text(encoding="utf-8")


def test_a_process_is_charged_for_what_it_does() -> None:

    busy = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\ninput()"
    with subprocess.Popen([sys.executable, "-c", busy], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as one:
        before = processor.snapshot(processor.family([one.pid]))
        deadline = processor.snapshot(processor.family([one.pid]))
        while processor.spent({}, deadline) < 0.3:
            deadline = processor.snapshot(processor.family([one.pid]))
        assert 0 < processor.spent(before, deadline) < 3
        one.communicate(b"\n")


def test_what_was_born_meanwhile_counts_from_its_birth_and_nothing_counts_backwards() -> None:
    assert processor.spent({1: 2.0, 2: 5.0}, {1: 3.5, 2: 4.0, 3: 0.25}) == 1.75
