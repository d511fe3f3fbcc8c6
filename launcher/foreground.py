"""`up` and `run`: start a stack, tell when it answers, stay until it is stopped or nothing is left to run."""

import time
from collections.abc import Callable
from contextlib import suppress

from launcher import programs
from launcher.errors import LaunchError
from launcher.events import Event
from launcher.readiness import Waiter
from launcher.settings import Settings
from launcher.stack import TICK, Stack
from launcher.steps import Step
from launcher.tail import Tail
from launcher.terminal import Screen, Signals, Stopped, stdout_is_closed


class _NobodyReads(BrokenPipeError):
    """Standard output was closed."""


def up(chosen: list[Step], settings: Settings, screen: Screen, signals: Signals, stay: bool = False) -> None:
    """All chosen steps side by side, then one table. What their processes write goes to log files only.

    `stay`: also when every process has ended, for somebody may start them again.
    """
    stack = Stack("up", chosen, settings, signals.check)
    try:
        stack.control.lock(signals.check)
        left_out = programs.provide(chosen, settings.environ, settings.scratch / "bin")
        stack.keep(lambda step: step.name not in left_out)
        stack.start()
        with screen.console.status("starting") as status:

            def watch(waiters: list[Waiter]) -> None:
                status.update(_progress(waiters))
                stack.events()  # the starts are no news; whatever happens once all answer is

            stack.wait_until_ready(watch)
        screen.table(chosen, settings, left_out)
        screen.note(f"Ctrl-C stops everything · logs in {settings.run}/logs")

        def show() -> None:
            for event in stack.events():
                screen.note(tell(event))

        _watch(stack, show, stay)
    finally:
        stack.stop(signals.in_a_hurry)


def run(step: Step, settings: Settings, screen: Screen, signals: Signals) -> None:
    """One step, with all that its processes write."""
    stack = Stack(step.name, [step], settings, signals.check)
    logs = None
    try:
        stack.control.lock(signals.check)
        left_out = programs.provide([step], settings.environ, settings.scratch / "bin")
        if left_out:
            raise LaunchError(f"{step.name} {left_out[step.name]}")
        stack.start()
        logs = _Logs(stack, screen)
        stack.wait_until_ready(lambda _: logs.show())
        for url in stack.addresses(step):
            screen.note(f"{step.name} answers at {url}/")
        screen.note("Ctrl-C stops it")
        _watch(stack, logs.show)
    finally:
        stack.stop(signals.in_a_hurry)
        if logs:
            logs.finish()


class _Logs:
    """The processes' log files and what happens to the processes, interleaved."""

    def __init__(self, stack: Stack, screen: Screen) -> None:
        self._screen = screen
        self._stack = stack
        processes = [process for step in stack.steps for process in step.processes]
        self._tails = {process.name: Tail(stack.log(process)) for process in processes}
        screen.names(list(self._tails))

    def show(self) -> None:
        """Print what was written since the last call."""
        events = self._stack.events()
        for event in events:
            if event.what == "started":
                self._screen.note(tell(event))
        for name, tail in self._tails.items():
            for line in tail.lines():
                self._screen.log(name, line)
        for event in events:
            if event.what != "started":
                self._screen.note(tell(event))

    def finish(self) -> None:
        """Print the last words."""
        for name, tail in self._tails.items():
            with suppress(OSError):
                for line in tail.last_words():
                    self._screen.log(name, line)
            tail.close()


def tell(event: Event) -> str:
    """An event as a line for people."""
    match event.what:
        case "started":
            return f"{event.process} started (pid {event.detail})"
        case "ended":
            return f"{event.process} ended ({event.detail})"
        case "given up":
            return f"{event.process} is given up ({event.detail})"
        case _:
            return f"a process could not be started: {event.detail}"


def _watch(stack: Stack, show: Callable[[], None], stay: bool = False) -> None:
    try:
        while True:
            show()
            stack.check_alive()
            if stdout_is_closed():
                raise _NobodyReads
            if not stay and stack.is_over():
                raise LaunchError("every process has ended, and none is restarted")
            stack.nudge_now_and_then()
            time.sleep(TICK)
    except Stopped:
        show()
        raise


def _progress(waiters: list[Waiter]) -> str:
    waiting = [waiter.step.name for waiter in waiters if not waiter.answered]
    return f"waiting for {', '.join(waiting)}" if waiting else "all answer"
