"""One outcome as a person reads it."""

import io
import shlex
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from checks.claim import Culprit, Evidence, Moment, Verdict
from checks.report import escaped, fold_command, pointed, printable, render_outcome, summary
from checks.runner import Outcome
from checks.tests.learners import outcome_of


def shown(outcome: Outcome, width: int = 100, **settings: bool) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, **settings)  # type: ignore[arg-type]
    console.print(render_outcome(outcome))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_miss_is_shown_with_its_reason_its_bytes_its_hint_and_its_command() -> None:
    culprit = Culprit(b"GET / HTTP/1.1\r\nContent-Length: +5\r\n\r\n", 32, 2, "we sent")
    assert shown(outcome_of("plus", Verdict.BROKEN, culprit=culprit)).splitlines() == [
        "✗ broken  plus  Is plus so?",
        "          it came out so",
        "  bytes   we sent:",
        r"            GET / HTTP/1.1\r\n",
        r"            Content-Length: +5\r\n",
        "                            ^^",
        r"            \r\n",
        "  hint    Mend it here.",
        "  see     RFC 9110, 1",
        "  by hand $ curl http://a/",
    ]


def test_without_a_culprit_the_last_of_the_timeline_is_shown() -> None:
    timeline = tuple(Moment(place / 10, "sent", b"%d\n" % place) for place in range(20))
    lines = shown(outcome_of("slow", Verdict.BROKEN, timeline=timeline)).splitlines()
    assert lines[2:8:5] == [
        r"  seen      1.40 s  sent 3 bytes: 14\n",
        r"            1.90 s  sent 3 bytes: 19\n",
    ]


def test_what_is_kept_takes_two_lines() -> None:
    assert shown(outcome_of("page")).splitlines() == [
        "✓ kept    page  Is page so?",
        "          it came out so",
    ]


def test_a_long_question_is_whole_where_the_details_are_and_cut_short_elsewhere() -> None:
    outcome = outcome_of("a", Verdict.ABSENT)
    outcome = replace(outcome, check=replace(outcome.check, question="Is it " + "so " * 12 + "?"))
    assert shown(outcome, 40).splitlines()[:3] == [
        "– absent  a  Is it so so so so so so so",
        "          so so so so so ?",
        "          it came out so",
    ]
    assert "Step 02 of the course has what is missing" in " ".join(shown(outcome, 80).split())
    console = Console(file=io.StringIO(), width=40)
    console.print(render_outcome(outcome, details=False))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[0] == "– absent  a  Is it so so so so so so so…"


def test_no_line_is_longer_than_the_console() -> None:
    culprit = Culprit(bytes(range(256)) * 4, 700, 60)
    outcome = outcome_of("long", Verdict.BROKEN, culprit=culprit, says="word " * 60)
    assert max(map(len, shown(outcome, 60).splitlines())) <= 60


def test_a_site_cannot_write_to_the_terminal() -> None:
    nasty = "\x1b]0;owned\x07\x1b[2J\r[red]"
    outcome = outcome_of(
        "nasty",
        Verdict.BROKEN,
        says=nasty,
        culprit=Culprit(nasty.encode(), whose=nasty),
        timeline=(Moment(0, nasty, nasty.encode()),),
    )
    text = shown(outcome)
    assert r"\x1b]0;owned\x07\x1b[2J\r[red]" in text
    assert not set(text) & {"\x1b", "\x07", "\r"}


@pytest.mark.parametrize(
    ("figure", "unit", "words"),
    [
        (None, "", "so"),
        (0, "visits", "so: 0 visits"),
        (12.34, "ms", "so: 12.3 ms"),
        (4e6, "B", "so: 4,000,000 B"),
    ],
)
def test_a_figure_has_its_unit(figure: float | None, unit: str, words: str) -> None:
    assert summary(Evidence(Verdict.KEPT, "so", figure, unit)) == words


def test_bytes_are_escaped_as_most_languages_write_them() -> None:
    assert escaped(b"a\r\n\t\\\x00Zo\xc3\xab") == r"a\r\n\t\\\x00Zo\xc3\xab"


def test_printable_keeps_what_people_wrote() -> None:
    assert printable("Zoë\u202e\n") == r"Zoë\u202e\n"


def test_a_caret_stands_behind_the_end_for_what_is_missing_there() -> None:
    assert pointed(Culprit(b"abc", 3), 80) == [("abc", "   ^")]
    assert pointed(Culprit(b"", 0), 80) == [("", "^")]


@given(st.binary(max_size=300), st.integers(0, 310), st.integers(0, 40), st.integers(8, 90))
def test_carets_stand_exactly_below_the_bytes_that_decide(
    data: bytes, at: int, length: int, width: int
) -> None:
    marked = "".join(
        row[place]
        for row, carets in pointed(Culprit(data, at, length), width)
        for place, caret in enumerate(carets)
        if caret == "^" and place < len(row)
    )
    assert escaped(data[at : at + max(1, length)]).startswith(marked)
    if at < len(data):
        assert marked


def test_a_long_command_is_folded_where_a_shell_reads_on() -> None:
    command = """printf '%s\\n' 'one two' "three four" five\\ six a b c d e f g   # a comment, to the end"""
    lines = fold_command(command, 24)
    assert len(lines) > 2
    folded = subprocess.run(["sh", "-c", "\n".join(lines)], capture_output=True, text=True, check=True).stdout
    assert folded == subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout


@given(st.lists(st.text(st.sampled_from("ab '\"\\#$;"), max_size=12), max_size=12))
def test_folding_changes_no_word(words: list[str]) -> None:
    folded = fold_command(shlex.join(["echo", *words]), 20)
    assert shlex.split(" ".join(line.removesuffix(" \\") for line in folded)) == ["echo", *words]
