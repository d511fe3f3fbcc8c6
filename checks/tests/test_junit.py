"""A run as JUnit XML: read by another reader than the one that wrote it."""

from pathlib import Path
from xml.etree import ElementTree

from checks.claim import Verdict
from checks.learner.junit import write_outcomes, write_refusal
from checks.tests.learners import outcome_of


def test_each_check_is_a_test_case(tmp_path: Path) -> None:
    file = tmp_path / "checks.xml"
    outcomes = [outcome_of(verdict.value, verdict, since=3, says=f"it is {verdict}") for verdict in Verdict]
    write_outcomes(file, 5, 'http://a/?<&"', outcomes)
    suite = ElementTree.parse(file).getroot()[0]
    assert {name: suite.get(name) for name in ("name", "tests", "failures", "errors", "skipped")} == {
        "name": "step05",
        "tests": "4",
        "failures": "2",
        "errors": "0",
        "skipped": "1",
    }
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert {case.get("classname") for case in cases.values()} == {"checks.step03"}
    failure = cases["broken"].find("failure")
    assert failure is not None
    assert (failure.get("message"), failure.get("type")) == ("it is broken", "broken")
    assert "by hand $ curl http://a/" in (failure.text or "")
    assert [child.tag for child in cases["absent"]] == ["failure"]
    assert [child.tag for child in cases["skipped"]] == ["skipped"]
    assert cases["kept"].find("failure") is None
    (target,) = suite.iter("property")
    assert target.attrib == {"name": "target", "value": 'http://a/?<&"'}


def test_characters_that_xml_forbids_are_escaped(tmp_path: Path) -> None:
    file = tmp_path / "checks.xml"
    write_outcomes(file, 2, "\x1b", [outcome_of("nasty", Verdict.BROKEN, says="\x00\x1b\ufffe")])
    failure = next(ElementTree.parse(file).iter("failure"))
    assert failure.get("message") == r"\x00\x1b\ufffe"


def test_a_server_that_does_not_start_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "checks.xml"
    write_refusal(file, 2, "./server", "the command ended at once")
    root = ElementTree.parse(file).getroot()
    assert root.get("errors") == "1"
    assert next(root.iter("error")).get("message") == "the command ended at once"
