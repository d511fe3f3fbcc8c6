"""Each mutant is caught by the check that it names, with the hint that it names; each check catches one."""

import importlib
import pkgutil
from dataclasses import replace

import pytest

import checks.mutants
from checks.claim import Verdict
from checks.mutants.mutant import Mutant, Served
from checks.registry import every_check, named, up_to
from checks.runner import examine

MODULES = [
    importlib.import_module(f"checks.mutants.{module.name}")
    for module in pkgutil.iter_modules(checks.mutants.__path__)
    if module.name.startswith("step")
]
MUTANTS: list[Mutant] = [mutant for module in MODULES for mutant in module.MUTANTS]


def alike() -> list[list[Mutant]]:
    """Those that are the same server, caught by several checks: started once."""
    groups: dict[Mutant, list[Mutant]] = {}
    for mutant in MUTANTS:
        groups.setdefault(replace(mutant, wrong="", caught_by="", hint=""), []).append(mutant)
    return list(groups.values())


def test_there_are_mutants_of_the_first_steps() -> None:
    assert {"checks.mutants.step01", "checks.mutants.step02"} <= {module.__name__ for module in MODULES}
    assert all(module.MUTANTS for module in MODULES)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("group", [pytest.param(group, id=group[0].id) for group in alike()])
def test_a_mutant_is_caught_by_its_check_with_its_hint(group: list[Mutant]) -> None:
    with group[0].alive() as target:
        for mutant in group:
            outcome = examine(named(mutant.caught_by), target)
            found = (outcome.verdict, outcome.evidence.hint)
            assert found == (Verdict.BROKEN, mutant.hint), f"{mutant}: {outcome.evidence}\n{outcome.timeline}"
            assert outcome.hint, "the hint has words"


def test_each_check_catches_a_mutant() -> None:
    missing = {check.id for check in every_check()} - {mutant.caught_by for mutant in MUTANTS}
    assert not missing


@pytest.mark.timeout(180)
def test_the_honest_server_keeps_every_claim_of_the_first_three_steps() -> None:
    with Served("Honest", "nothing", "", "").alive() as target:
        for check in up_to(3):
            outcome = examine(check, target)
            assert outcome.verdict is Verdict.KEPT, f"{check.id}: {outcome.evidence}\n{outcome.timeline}"
