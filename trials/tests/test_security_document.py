"""docs/security.md: each line has a proof, each proof is there, and a check holds from that step on."""

import re
from pathlib import Path

from checks.claim import Verdict
from checks.expectations import load
from checks.registry import named
from trials.abuses import CASES
from trials.events import EVENTS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "security.md"
PROOF = re.compile(r"(check|test|trial) \[([\w-]+)\]\(([^)]+)\)")
STEP = re.compile(r"^## Step (\d\d)", re.M)


def threats() -> list[tuple[int, str]]:
    """Each line of the steps' tables, with its step."""
    found = []
    step = 0
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            match = STEP.match(line)
            step = int(match[1]) if match else 0
        elif step and line.startswith("| ") and not line.startswith("| Who |"):
            found.append((step, line))
    return found


def proofs(kind: str) -> list[tuple[int, str, str, str]]:
    return [
        (step, name, place, line)
        for step, line in threats()
        for sort, name, place in PROOF.findall(line)
        if sort == kind
    ]


def test_every_step_has_threats_and_every_threat_a_proof() -> None:
    assert {step for step, _ in threats()} == set(range(1, 8))
    assert [line for _, line in threats() if not PROOF.search(line)] == []


def test_every_link_of_a_proof_is_one_that_is_understood() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    links = re.findall(r"\]\((\.\./(?:checks|step\d\d_\w+/tests)/[^)]+|(?:abuse|survival)\.md#[^)]+)\)", text)
    assert len(links) == sum(len(proofs(kind)) for kind in ("check", "test", "trial"))


def test_a_check_is_in_the_catalogue_and_comes_out_at_that_step_as_the_line_says() -> None:
    expected = load()
    assert proofs("check")
    for step, name, place, line in proofs("check"):
        check = named(name)
        assert place == f"../checks/claims/step{check.since:02}/{name.replace('-', '_')}.py"
        wanted = {Verdict.BROKEN} if "*open*" in line else {Verdict.KEPT}
        assert expected.cell(name, step) in wanted, f"{name} at step {step:02}"


def test_a_test_is_in_the_file_that_is_linked() -> None:
    assert proofs("test")
    for _, name, place, _ in proofs("test"):
        text = (DOCUMENT.parent / place).read_text(encoding="utf-8")
        assert re.search(rf"def {name}\(", text), f"{place} has no {name}"


def test_a_trial_is_one_of_make_survive_or_make_abuse() -> None:
    known = {f"survival.md#{event.id}" for event in EVENTS} | {f"abuse.md#{case.id}" for case in CASES}
    assert {place for _, _, place, _ in proofs("trial")} <= known
    assert all(place.endswith(f"#{name}") for _, name, place, _ in proofs("trial"))


def test_every_trial_is_named() -> None:
    named_ones = {name for _, name, _, _ in proofs("trial")}
    assert {event.id for event in EVENTS} | {case.id for case in CASES} == named_ones
