"""The shape of the whole: a tower, in which each step stands on the one below and knows none above.

Each of these fails when it finds nothing to judge.
"""

import ast
import configparser
import io
import re
import subprocess
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.documents import ROOT, STEPS

WATCHERS = {"launcher", "checks", "load", "bench", "trials", "cluster", "tests"}
LONGEST_FUNCTION = 40
STATEMENTS_OF_STEPS_1_TO_3, LINES_OF_STEPS_1_TO_3 = 900, 960
UNDECIDED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}
TEXT = {".py", ".md", ".toml", ".txt", ".ini", ".conf", ".html", ".css", ".svg", ".yml", ".yaml", ".sh", ""}


def modules(folder: Path) -> list[Path]:
    """The Python files that are part of a step, without their tests."""
    return [path for path in sorted(folder.rglob("*.py")) if "tests" not in path.relative_to(folder).parts]


def imported_packages(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def packages_used(step: Path) -> set[str]:
    """What the step's modules import, and what its list of processes runs."""
    found = {package for path in modules(step) for package in imported_packages(path)}
    commands = [section["command"] for section in programs(step).values()]
    return found | {name for command in commands for name in re.findall(r"\bstep\d\d_\w+", command)}


def programs(step: Path) -> dict[str, configparser.SectionProxy]:
    """The programs of the step's list of processes, by name without the step's prefix."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    parser.read_string((step / "processes.ini").read_text(encoding="utf-8"))
    prefix = f"program:{step.name[:6]}-"
    return {name.removeprefix(prefix): parser[name] for name in parser.sections()}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(path: Path) -> int:
    """Lines that hold code: no blank line, no comment, no docstring."""
    text = path.read_text(encoding="utf-8")
    silent = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - docstring_lines(ast.parse(text)))


def statements(path: Path) -> int:
    """Lines of code if none were broken for its length: imports and definitions too, but no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    texts = [node for node in found if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return len(found) - len(texts)


def docstring_lines(tree: ast.Module) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node) is not None
        ):
            lines |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines


def test_there_are_seven_steps() -> None:
    assert [step.name[:6] for step in STEPS] == [f"step0{number}" for number in range(1, 8)]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
class TestStep:
    def test_it_has_a_lesson_solutions_processes_and_a_law(self, step: Path) -> None:
        missing = [
            name for name in ("README.md", "SOLUTIONS.md", "processes.ini") if not (step / name).is_file()
        ]
        assert missing == []
        assert ast.get_docstring(ast.parse((step / "__init__.py").read_text(encoding="utf-8")))

    def test_it_stands_on_the_step_just_below_and_knows_none_above(self, step: Path) -> None:
        used = {name for name in packages_used(step) if re.match(r"step\d\d_", name)}
        place = STEPS.index(step)
        assert used <= {other.name for other in STEPS[: place + 1]}
        assert place == 0 or STEPS[place - 1].name in used

    def test_it_knows_nothing_of_what_watches_it(self, step: Path) -> None:
        assert modules(step)
        assert packages_used(step) & WATCHERS == set()

    def test_it_names_its_processes_after_itself(self, step: Path) -> None:
        found = programs(step)
        assert found
        assert [name for name in found if ":" in name] == []
        assert all(section.get("command") for section in found.values())


def test_from_step_5_on_the_list_of_processes_only_grows() -> None:
    lists = [set(programs(step)) for step in STEPS[4:]]
    assert lists
    assert lists[0] <= lists[1] <= lists[2]
    assert lists[0] < lists[2]


def test_steps_1_to_3_are_a_server_that_can_be_read_in_an_evening() -> None:
    paths = [path for step in STEPS[:3] for path in modules(step)]
    assert 200 < sum(map(statements, paths)) < STATEMENTS_OF_STEPS_1_TO_3
    assert 200 < sum(map(code_lines, paths)) < LINES_OF_STEPS_1_TO_3


def test_the_checks_import_nothing_of_the_steps_that_they_judge() -> None:
    found = modules(ROOT / "checks")
    assert found
    knowing = [path for path in found if any(name.startswith("step") for name in imported_packages(path))]
    assert [path for path in knowing if "skeletons" not in path.parts] == []


@pytest.mark.parametrize(
    "folder",
    [
        *STEPS,
        ROOT / "launcher",
        ROOT / "trials",
        ROOT / "cluster",
        ROOT / "checks",
        ROOT / "load",
        ROOT / "bench",
    ],
    ids=lambda folder: folder.name,
)
def test_no_function_is_longer_than_40_lines(folder: Path) -> None:
    found = [(path, function) for path in modules(folder) for function in functions(path)]
    assert found
    long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path, function in found
        if (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


@pytest.fixture(scope="module")
def tracked(needs: Callable[[str], str]) -> list[Path]:
    """Every file of the project: those that git knows, and those that it would be given."""
    command = [needs("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_every_name_says_what_the_file_is_for(tracked: list[Path]) -> None:
    assert tracked
    assert [str(path) for path in tracked if path.suffix == ".py" and path.stem in UNDECIDED_NAMES] == []


def test_no_file_names_a_place_of_one_machine(tracked: list[Path]) -> None:
    """No folder of a person's machine, and no host from which packages came: both rot elsewhere."""
    folders = r"(?<![\w.~})-])/(?:work|root|home/[a-z]\w*|Users/\w+)/"
    # Taken apart, so that this file does not find itself.
    hosts = "|".join(
        ["py" + "pi\\.org", "python" + "hosted\\.org", "registry\\.npm" + "js", "deb\\.deb" + "ian\\.org"]
    )
    rule = re.compile(f"{folders}|{hosts}|--(?:extra-)?index-" + "url")
    texts = [path for path in tracked if path.suffix in TEXT]
    assert texts
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in texts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if rule.search(line)
    ]
    assert found == []


def test_no_text_has_the_line_ends_of_windows(tracked: list[Path]) -> None:
    assert [str(path) for path in tracked if path.suffix in TEXT and b"\r\n" in path.read_bytes()] == []
