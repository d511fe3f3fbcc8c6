"""Again and again: a run after each change of somebody's files."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from watchfiles import DefaultFilter, watch

from checks.command import Misused
from checks.learner.board import Board

SETTLED = 0.3  # seconds: what a server writes as it ends has been noticed by then


def rerun(path: str, scratch: Path, board: Board, run: Callable[[], int]) -> NoReturn:
    """Run, wait for a change below `path`, run again; only Ctrl-C ends it.

    What changes while the checks run may be the server's own writing (a log, a data base), which would make
    it run for ever: only what changes afterwards counts. Our own writing, in `scratch`, never does.
    """
    if not Path(path).exists():
        raise Misused(f"WATCH={path}: there is no such file or folder")
    changed, over = threading.Event(), threading.Event()
    listener = threading.Thread(target=_listen, args=(path, scratch, changed, over), daemon=True)
    listener.start()
    try:
        while True:
            run()
            board.say(f"waiting for a change in {path} (Ctrl-C ends)", "bold cyan")
            over.wait(SETTLED)
            changed.clear()
            changed.wait()
    finally:
        over.set()
        listener.join(2)


def _listen(path: str, scratch: Path, changed: threading.Event, over: threading.Event) -> None:
    ours = DefaultFilter(ignore_paths=[scratch])
    for _ in watch(path, watch_filter=ours, stop_event=over, rust_timeout=500, raise_interrupt=False):
        changed.set()
