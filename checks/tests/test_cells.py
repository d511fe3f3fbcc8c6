"""Every check against every step, natively: each cell comes out as `expected.toml` says."""

import pytest

from checks.expectations import STEPS, load
from checks.matrix.record import Cell, cell_of
from checks.matrix.table import difference
from checks.native import native_targets
from checks.registry import every_check
from checks.runner import Outcome, examine
from tests.documents import ROOT


@pytest.mark.timeout(400)
@pytest.mark.parametrize("step", STEPS)
def test_every_cell_of_the_step_comes_out_as_expected(step: int) -> None:
    expected = load()
    wrong = []
    with native_targets(f"step{step:02}", root=ROOT) as targets:
        (target,) = targets.values()
        for check in every_check():
            outcome = examine(check, target)
            cell = cell_of(outcome, step, target)
            if not expected.agrees(check.id, step, cell.verdict):
                wrong.append(f"{difference(cell, expected)}\n{evidence(cell, outcome)}")
    assert not wrong, "\n\n".join(["not as expected:", *wrong])


def evidence(cell: Cell, outcome: Outcome) -> str:
    lines = [f"    {row}" for pair in cell.bytes for row in pair if row]
    lines += [f"    {seconds:6.2f} s  {what}  {data[:100]}" for seconds, what, data in cell.timeline]
    return "\n".join([*lines, f"    $ {outcome.command}"])
