"""What people see: colours where there is a terminal, plain text elsewhere; and when to stop for them."""

import os
import select
import signal
import stat
import sys
from types import FrameType

from rich.console import Console
from rich.table import Table
from rich.text import Text

from launcher.settings import Settings
from launcher.steps import Step

_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_red", "bright_cyan", "bright_green")


class Stopped(Exception):
    """Somebody asked us to stop."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


class Signals:
    """Signals that ask us to stop. They are noted, and met where the launcher waits: at `check`.

    An exception raised wherever the launcher happens to be could strike in the middle of anything, such as
    the start of a thread, which then complains with a traceback.
    """

    def __init__(self) -> None:
        self._received: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def check(self) -> None:
        """Raise `Stopped` if a signal has come."""
        if self._received:
            raise Stopped(self._received[0])

    def in_a_hurry(self) -> bool:
        """Whether a second signal came."""
        return len(self._received) > 1

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._received.append(number)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # rich would exit, with another status


class Screen:
    """Prints whole lines."""

    def __init__(self) -> None:
        # rich finds out by itself: no terminal or NO_COLOR, no colours.
        self.console = _Console(highlight=False, soft_wrap=True)
        self._widest = 0

    def names(self, names: list[str]) -> None:
        """Whose lines there will be: for the width of the names' column, and a colour each."""
        self._widest = max(len(name) for name in names)
        self._colours = {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(names)}

    def log(self, name: str, line: str) -> None:
        """A line that a process wrote."""
        text = Text(f"{name:<{self._widest}} │ ", style=self._colours.get(name, "white"))
        self.console.print(text.append(line, style="default"))

    def note(self, line: str) -> None:
        """A line of our own."""
        self.console.print(Text(line, style="bold"))

    def table(self, steps: list[Step], settings: Settings, left_out: dict[str, str]) -> None:
        """Where every step is, what is new there, and what to try."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for title in ("Step", "Open", "New here", "Try"):
            table.add_column(title, no_wrap=title in ("Step", "Open"), overflow="fold")
        for step in steps:
            if mend := left_out.get(step.name):
                table.add_row(step.name, Text("left out", style="yellow"), step.about.new, mend)
                continue
            ports = settings.ports(step)
            url = f"https://localhost:{ports.https}/" if ports.https else f"http://127.0.0.1:{ports.http}/"
            name, place = Text(step.name, style="bold"), Text(url, style="cyan")
            table.add_row(name, place, step.about.new, step.about.tryout)
        wide = self.console if self.console.is_terminal else _Console(highlight=False, width=100)
        wide.print()
        wide.print(table)
        wide.print()


def stdout_is_closed() -> bool:
    """Whether the reader of our output (`| head`, say) has gone: then there is nobody to run for."""
    if sys.stdout is None:  # it was closed before we began (`>&-`): on purpose, then
        return False
    descriptor = sys.stdout.fileno()
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return False
    watch = select.poll()
    watch.register(descriptor, 0)
    return any(happened & (select.POLLERR | select.POLLHUP) for _, happened in watch.poll(0))
