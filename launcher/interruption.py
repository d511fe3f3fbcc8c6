"""A run that may be interrupted at any moment, and then leaves nothing running."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPTED = 130
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP end the run as Ctrl-C does: whatever was started is stopped on the way out."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, _interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C and its like wait for the end of the block: what was started in it is known by then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = [signal.signal(number, lambda number, _: came.append(number)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        if came:
            raise KeyboardInterrupt


@contextmanager
def program(
    command: Sequence[str], end: Callable[[subprocess.Popen[bytes]], object], **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program (options as Popen has them); `end` it with the block, also if Ctrl-C comes at once."""
    process = None
    try:
        with undisturbed():
            process = subprocess.Popen(command, **options)
        yield process
    finally:
        if process is not None:
            end(process)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
