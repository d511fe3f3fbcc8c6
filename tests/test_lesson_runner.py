"""The runner of the lessons is itself on trial: each way to be wrong is reported as what it is."""

from pathlib import Path

import pytest

from tests import lessons
from tests.expected import matches, printed, promised
from tests.ports import Ports

SERVER = """\
import socket
with socket.create_server(("127.0.0.1", 8001)) as listener:
    while True:
        connection, _ = listener.accept()
        with connection:
            print("got", len(connection.recv(4096)), flush=True)
            connection.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nhello from 8001\\n")
"""


def run(folder: Path, text: str, seconds: float = 10) -> list[lessons.Result]:
    document = folder / "README.md"
    document.write_text(text, encoding="utf-8")
    return list(lessons.run(document, seconds))


def console(text: str, title: str = "") -> str:
    return f'```console title="{title}"\n{text}\n```\n\n'


def troubles(results: list[lessons.Result]) -> list[str]:
    return [result.trouble for result in results if result.trouble]


def test_a_right_lesson_has_no_trouble(tmp_path: Path) -> None:
    results = run(tmp_path, console("$ echo one; echo two\none\ntwo\n$ false\n$ echo $?\n1"))
    assert len(results) == 3
    assert troubles(results) == []


def test_a_wrong_output_is_reported_with_its_place_and_both_texts(tmp_path: Path) -> None:
    (result,) = run(tmp_path, "# Title\n\n" + console("$ echo right\nwrong"))
    report = result.report()
    assert f"{tmp_path / 'README.md'}:4: $ echo right" in report
    assert "- wrong" in report
    assert "+ right" in report


def test_a_hanging_command_is_stopped_and_said_to_hang(tmp_path: Path) -> None:
    results = run(tmp_path, console("$ sleep 100\n$ echo next\nnext"), seconds=0.5)
    assert "did not end within 0.5 s" in results[0].trouble
    assert results[1].trouble == ""


def test_a_missing_file_is_shown_in_the_difference(tmp_path: Path) -> None:
    (result,) = run(tmp_path, console("$ cat my/missing.txt\nits text"))
    assert "No such file" in result.report()


def test_a_program_that_is_typed_stands_in_my(tmp_path: Path) -> None:
    typed = '```python title="my/hello.py"\nprint("hello")\n```\n\n'
    assert troubles(run(tmp_path, typed + console("$ python my/hello.py\nhello"))) == []


def test_a_server_in_a_terminal_is_waited_for_watched_and_interrupted(tmp_path: Path) -> None:
    typed = f'```python title="my/server.py"\n{SERVER}```\n\n'
    asked = console("$ curl -s http://127.0.0.1:8001/\nhello from 8001")
    watched = console("got …", "terminal 1")
    stopped = console("^C\n…\nKeyboardInterrupt\n$ echo $?\n130", "terminal 1")
    text = typed + console("$ python my/server.py", "terminal 1") + asked + watched + stopped
    results = run(tmp_path, text)
    assert [result.report() for result in results if result.trouble] == []


def test_what_is_ended_from_another_terminal_has_ended(tmp_path: Path) -> None:
    first = console("$ echo $$ > my/shell; sleep 300", "terminal 1")
    second = console("$ pkill -P $(cat my/shell) sleep", "terminal 2")
    results = run(tmp_path, first + second + console("$ echo $?\n143", "terminal 1"))
    assert [result.report() for result in results if result.trouble] == []


def test_a_slow_visitor_in_a_second_terminal_goes_on(tmp_path: Path) -> None:
    slow = console("$ sleep 2; echo served", "terminal 2")
    assert troubles(run(tmp_path, slow + console("$ echo me\nme") + console("served", "terminal 2"))) == []


def test_an_interrupt_with_nothing_running_is_trouble(tmp_path: Path) -> None:
    assert "nothing runs" in troubles(run(tmp_path, console("$ true\n^C", "terminal 1")))[0]


def test_a_background_job_ends_with_the_document(tmp_path: Path) -> None:
    assert troubles(run(tmp_path, console("$ sleep 300 &\n[1] 4242\n$ kill -STOP %1"))) == []


def test_a_process_that_escapes_its_terminal_is_found_and_killed(tmp_path: Path) -> None:
    escape = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(300)\n"
    typed = f'```python title="my/escape.py"\n{escape}```\n\n'
    results = run(tmp_path, typed + console("$ python my/escape.py"))
    assert "left processes behind" in results[-1].trouble
    assert "my/escape.py" in results[-1].trouble


def test_a_document_without_console_blocks_has_no_results(tmp_path: Path) -> None:
    assert run(tmp_path, "# Nothing\n\n```python\nprint()\n```\n") == []


@pytest.mark.parametrize(
    "command",
    ["cat <<'END'\n> text\n> END", "echo te\\\n> xt", "printf '%s\n> ' text"],
    ids=["here", "back", "quote"],
)
def test_a_command_may_go_on_over_several_lines(tmp_path: Path, command: str) -> None:
    (result,) = run(tmp_path, console(f"$ {command}\ntext"))
    assert result.trouble == ""


@pytest.mark.parametrize(
    ("wanted", "got", "fits"),
    [
        ("pid …, port 8001", "pid 4242, port 8001", True),
        ("pid …", "pid 1\nand more", False),
        ("first\n…\nlast", "first\nlast", True),
        ("first\n…\nlast", "first\na\nb\nlast", True),
        ("first\n…\nlast", "first\na\nb", False),
        ("curl: (28) timed out   ← it waits", "curl: (28) timed out", True),
        ("a\n\nb", "a\r\n\r\nb\r\n", True),
        (
            "Location: /here",
            "\x1b[1mLocation\x1b[0m: \x1b]8;;http://x/here\x1b\\/here\r\n\x1b]8;;\x1b\\",
            True,
        ),
        ("", "anything", False),
        ("something", "", False),
    ],
)
def test_expected_text_is_compared_literally_but_for_its_ellipses(wanted: str, got: str, fits: bool) -> None:
    assert matches(promised(wanted), printed(got)) is fits


def test_ports_are_mapped_out_and_back_and_keep_their_width() -> None:
    text = "curl http://127.0.0.1:8003/ https://localhost:8446/ --bytes 8000 18003 80031"
    with Ports() as ports:
        mapped = ports.out(text)
        assert ":8003/" not in mapped
        assert "--bytes 8000 18003 80031" in mapped
        assert len(mapped) == len(text)
        assert ports.back(mapped) == text


def test_no_two_lessons_are_given_the_same_port() -> None:
    with Ports() as mine, Ports() as yours:
        named = [str(port) for port in range(8001, 8090)]
        assert not {mine[port] for port in named} & {yours[port] for port in named}


def test_a_block_that_needs_a_program_which_is_missing_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "find", lambda program: None if program == "pebble" else "/bin/true")
    blocks = ('console needs="pebble"\n$ echo wrong\nright', 'console needs="tshark"\n$ echo yes\nyes')
    results = run(tmp_path, "\n".join(f"```{block}\n```\n" for block in blocks))
    assert [result.action.as_written for result in results] == ["$ echo yes"]
    assert troubles(results) == []
    assert lessons.missing(tmp_path / "README.md") == ["pebble"]
