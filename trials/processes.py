"""Our own helper processes: told what to do by a first line, heard by lines, ended with the block."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


@contextmanager
def helper(module: str, orders: str, hear: Callable[[str], None]) -> Iterator[None]:
    """Run `python -m MODULE` while the block runs; `hear` is called with each line that it writes.

    It has a session of its own, so Ctrl-C is for us alone; and it ends when its standard input does, so it
    cannot outlive us.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    reader = threading.Thread(target=_read, args=(process, hear), daemon=True)
    try:
        assert process.stdin
        process.stdin.write(orders + "\n")
        process.stdin.flush()
        reader.start()
        yield
    finally:
        process.kill()
        process.wait()
        if reader.is_alive():
            reader.join()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def _read(process: subprocess.Popen[str], hear: Callable[[str], None]) -> None:
    assert process.stdout
    for line in process.stdout:
        if line.endswith("\n"):  # the last one may be cut off
            hear(line)
