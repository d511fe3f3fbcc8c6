"""Run the console blocks of a lesson as a reader would, and compare what they print with what it says.

``python -m tests.lessons step02_http/README.md`` shows each command with its mark;
``--show`` prints the real output, in the form in which it is pasted into the lesson.
"""

import argparse
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests import expected
from tests.documents import ROOT, Fence, fences, shown
from tests.ports import Ports, is_free
from tests.programs import INSTALL, find
from tests.terminal import Terminal, leftovers

# Only a command that hangs takes so long: the longest takes 15, and a busy machine makes more of them.
COMMAND_SECONDS = 90.0
START_SECONDS = 90.0
_NOT_LINKED = {".git", "my", "run", ".pytest_cache", ".hypothesis", ".coverage"}
_INHERITED = ("LANG", "LC_ALL", "NGINX", "REDIS_SERVER", "CHROMIUM", "TMPDIR", "USER", "LOGNAME")


@dataclass
class Action:
    """One thing that the reader does at a terminal, and what the lesson says appears."""

    place: str
    terminal: str
    command: str
    wanted_text: str = ""
    as_written: str = ""

    @property
    def wanted(self) -> list[str]:
        return expected.promised(self.wanted_text)


@dataclass
class Result:
    """What really appeared; ``trouble`` says why it is not what the lesson promises."""

    action: Action
    printed: list[str] = field(default_factory=list)
    status: int | None = None
    trouble: str = ""
    seconds: float = 0.0

    def report(self) -> str:
        lines = [f"{self.action.place}: {self.action.as_written}", f"    {self.trouble}"]
        if self.status is not None:
            lines.append(f"    exit status {self.status}")
        lines.append("    difference (- the lesson, + reality):")
        lines += ["    " + line for line in expected.difference(self.action.wanted, self.printed)]
        return "\n".join(lines)


def actions(fence: Fence) -> Iterator[Action]:
    """The commands of a block, each with the output that stands below it."""
    action: Action | None = None
    for number, line in enumerate(fence.lines, start=fence.line):
        place = f"{shown(fence.document)}:{number}"
        is_command = line.startswith("$ ") or line == "^C"
        if action and action.command.startswith("$ ") and _is_unfinished(action.command[2:]):
            action.command += "\n" + line.removeprefix("> ")
            action.as_written += "\n" + line
        elif is_command or action is None:
            if action:
                yield action
            action = Action(place, fence.title, line if is_command else "", as_written=line)
            action.wanted_text = "" if is_command else line + "\n"
        else:
            action.wanted_text += line + "\n"
    if action:
        yield action


def _is_unfinished(command: str) -> bool:
    if command.endswith("\\"):
        return True
    judged = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True, check=False)
    return bool(re.search(r"unexpected (EOF|end of file)|here-document", judged.stderr))


class Desk:
    """The reader's desk: a scratch tree of the project, and the terminals that were opened on it."""

    def __init__(self, base: Path) -> None:
        self.tree = base / "project"
        self.mark = secrets.token_hex(8)
        self.ports = Ports()
        self.terminals: dict[str, Terminal] = {}
        _lay_out(self.tree)
        (base / "home").mkdir()
        self.environment = _environment(self.tree, base / "home", self.mark, self.ports)

    def write(self, fence: Fence) -> None:
        """Save a program that the reader types."""
        path = self.tree / fence.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.ports.out(fence.content), encoding="utf-8")

    def do(self, action: Action, seconds: float = COMMAND_SECONDS) -> Result:
        """Do one thing, and judge what appeared."""
        began = time.monotonic()
        terminal = self._terminal(action.terminal)
        if action.command == "^C":
            trouble = self._interrupt(terminal, seconds)
        elif action.command == "":
            trouble = self._watch(terminal, action, seconds)
        elif terminal.busy and not terminal.wait(seconds):
            # What was stopped from another terminal has had its time to end.
            trouble = f"{action.terminal or 'the terminal'} is still busy with another command"
        elif action.terminal:
            trouble = self._start(terminal, action)
        else:
            trouble = self._run(terminal, action, seconds)
        result = self._judged(terminal, action, trouble)
        result.seconds = time.monotonic() - began
        return result

    def close(self) -> list[str]:
        """Close all terminals; return the command lines of the processes that stayed behind."""
        for terminal in self.terminals.values():
            terminal.close()
        _, alive = psutil.wait_procs(leftovers(self.tree, self.mark), timeout=5)
        names = [_named(process) for process in alive]
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, timeout=5)
        self.ports.close()
        return names

    def _terminal(self, name: str) -> Terminal:
        if name not in self.terminals:
            self.terminals[name] = Terminal(self.tree, self.environment)
        return self.terminals[name]

    def _run(self, terminal: Terminal, action: Action, seconds: float) -> str:
        terminal.run(self.ports.out(action.command[2:]))
        if terminal.wait(seconds):
            return ""
        _stop_all(leftovers(self.tree, self.mark), terminal)
        return f'did not end within {seconds:g} s: bound it (curl -m 5), or title the block "terminal 1"'

    def _start(self, terminal: Terminal, action: Action) -> str:
        ready = self._readiness(action)
        terminal.run(self.ports.out(action.command[2:]))
        if ready and not terminal.wait(START_SECONDS, ready):
            return f"neither ended nor was ready within {START_SECONDS:g} s"
        # Ready is not yet printed: give the promised lines time to appear. What promises none and
        # serves nothing (a slow visitor, say) goes on while the reader turns to another terminal.
        patience = COMMAND_SECONDS if action.wanted else 0.0 if ready else 1.0
        shows = terminal.wait(patience, lambda: self._shows(terminal, action))
        if shows and not ready:
            terminal.wait(0.5)
        return ""

    def _watch(self, terminal: Terminal, action: Action, seconds: float) -> str:
        terminal.wait(seconds, lambda: self._shows(terminal, action))
        return ""

    def _shows(self, terminal: Terminal, action: Action) -> bool:
        return bool(action.wanted) and expected.matches(action.wanted, self._printed(terminal))

    def _interrupt(self, terminal: Terminal, seconds: float) -> str:
        if not terminal.busy or terminal.wait(0):
            return "^C, but nothing runs in this terminal"
        terminal.forget()
        terminal.interrupt()
        return "" if terminal.wait(seconds) else f"did not end within {seconds:g} s of ^C"

    def _judged(self, terminal: Terminal, action: Action, trouble: str) -> Result:
        result = Result(action, self._printed(terminal), None if terminal.busy else terminal.status, trouble)
        terminal.forget()
        if not trouble and not expected.matches(action.wanted, result.printed):
            result.trouble = "the output is not what the lesson says"
        return result

    def _printed(self, terminal: Terminal) -> list[str]:
        text = self.ports.back(terminal.output())
        return expected.printed(text.replace(str(self.tree), str(ROOT)))

    def _readiness(self, action: Action) -> Callable[[], bool] | None:
        """How to see that the server which the command starts can be used; None if it starts none."""
        if re.search(r"\bmake (up|step\d\d)\b|-m launcher (up|run)\b", action.command):
            known = set(self.tree.glob("run/control/*/ready.json"))
            return lambda: bool(set(self.tree.glob("run/control/*/ready.json")) - known)
        closed = [port for port in self._ports_of(action.command[2:]) if is_free(port)]
        return (lambda: not any(is_free(port) for port in closed)) if closed else None

    def _ports_of(self, command: str) -> list[int]:
        """The ports that the command names, or else the reader's own program or configuration in it."""
        own = [path for path in (self.tree / "my").iterdir() if path.is_file() and _names(command, path)]
        text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in own)
        typed = [int(port) for port in self.ports.free.values() if re.search(rf"\b{port}\b", text)]
        return self.ports.named_in(command) or typed


@contextmanager
def desk() -> Iterator[Desk]:
    """A desk in a fresh scratch folder; whatever happens, nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="lesson-", ignore_cleanup_errors=True) as base:
        place = Desk(Path(base).resolve())
        try:
            yield place
        finally:
            place.close()


def run(document: Path, seconds: float = COMMAND_SECONDS) -> Iterator[Result]:
    """Do everything that the document says, in order."""
    with desk() as place:
        for fence in _typed_in_the_lesson_of(document):
            place.write(fence)
        for fence in fences(document):
            if fence.title.startswith("my/"):
                place.write(fence)
            elif fence.language == "console" and not _lacks(fence):
                yield from (place.do(action, seconds) for action in actions(fence))
        stayed = place.close()
        if stayed:
            last = Action(shown(document), "", "the end of the document")
            yield Result(last, trouble="left processes behind:\n  " + "\n  ".join(stayed))


def missing(document: Path) -> list[str]:
    """The programs that blocks of the document need and that are not here: those blocks are left out."""
    return sorted({fence.needs for fence in fences(document) if _lacks(fence)})


def _lacks(fence: Fence) -> bool:
    return bool(fence.needs) and find(fence.needs) is None


def _typed_in_the_lesson_of(document: Path) -> list[Fence]:
    """The solutions may use the programs that the reader typed in the lesson."""
    lesson = document.with_name("README.md")
    if document.name != "SOLUTIONS.md" or not lesson.exists():
        return []
    return [fence for fence in fences(lesson) if fence.title.startswith("my/")]


def _lay_out(tree: Path) -> None:
    tree.mkdir()
    for entry in ROOT.iterdir():
        if entry.name not in _NOT_LINKED:
            (tree / entry.name).symlink_to(entry)
    (tree / "my").mkdir()
    (tree / "run").mkdir()


def _environment(tree: Path, home: Path, mark: str, ports: Ports) -> dict[str, str]:
    """A clean one: nothing of make's, pytest's or a proxy's reaches the commands."""
    path = [str(tree / "run" / "bin"), str(ROOT / ".venv" / "bin"), os.environ.get("PATH", os.defpath)]
    fixed = {
        "PATH": os.pathsep.join(path),
        "HOME": str(home),
        "LESSON": mark,
        "TERM": "dumb",
        "NO_COLOR": "1",
    }
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    numbers = {f"STEP0{step}_PORT": ports[f"800{step}"] for step in range(1, 8)}
    secure = {f"STEP0{step}_TLS_PORT": ports[f"844{step}"] for step in (6, 7)}
    return {"LANG": "C.UTF-8"} | inherited | fixed | numbers | secure


def _names(command: str, path: Path) -> bool:
    """Whether the command has the file's name in it, with a folder before it or without."""
    return re.search(rf"(?<![\w.-]){re.escape(path.name)}(?![\w.-])", command) is not None


def _stop_all(processes: Sequence[psutil.Process], terminal: Terminal) -> None:
    shells = {terminal.shell.pid}
    for process in processes:
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if process.pid not in shells and os.getsid(process.pid) == terminal.shell.pid:
                process.send_signal(signal.SIGKILL)
    terminal.wait(2)


def _named(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return f"{process.pid} {' '.join(process.cmdline())}"
    return f"{process.pid} (ended meanwhile)"


def _pasted(result: Result) -> str:
    """The real output in the lesson's own form."""
    where = [f"[{result.action.terminal}]"] if result.action.terminal else []
    command = [result.action.as_written] if result.action.command else []
    return "\n".join([*where, *command, *result.printed])


def _told(result: Result) -> str:
    took = f"   ({result.seconds:.1f} s)" if result.seconds >= 1 else ""
    if not result.trouble:
        return f"✓ {result.action.place}: {result.action.as_written}{took}"
    return f"✗ {result.report()}"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lessons", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("documents", nargs="+", type=Path, metavar="LESSON")
    parser.add_argument("--show", action="store_true", help="print the real output, to be pasted")
    parser.add_argument(
        "--seconds", type=float, default=COMMAND_SECONDS, help="time for one command (%(default)g)"
    )
    options = parser.parse_args()
    # Whoever stops the runner stops what it has started: `exit` closes the desk on its way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = done = 0
    for document in options.documents:
        for program in missing(document.resolve()):
            print(f"left out: what needs {program} ({INSTALL[program]})", file=sys.stderr)
        for result in run(document.resolve(), options.seconds):
            print(_pasted(result) if options.show else _told(result), flush=True)
            done += 1
            failed += bool(result.trouble)
    print(f"\n{done} commands, {failed} not as the lesson says.", file=sys.stderr)
    return 1 if failed or not done else 0


if __name__ == "__main__":
    sys.exit(main())
