"""Ctrl-C for a comparison that runs."""

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


def ended_by_ctrl_c(
    command: Sequence[str],
    children: int,
    starts: float,
    ends: float,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Interrupt it once so many processes run, and see it end with 130, and all of them with it.

    It may take so many seconds until they run, and from then on until it ends.
    """
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=nowhere, stderr=nowhere) as program:
        deadline = time.monotonic() + starts
        while len(started := psutil.Process(program.pid).children(recursive=True)) < children:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        program.send_signal(signal.SIGINT)
        assert program.wait(ends) == 130
    _, alive = psutil.wait_procs(started, timeout=5)
    assert alive == []
