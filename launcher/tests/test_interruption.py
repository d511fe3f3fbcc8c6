"""Ctrl-C at the worst moment."""

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from launcher.interruption import program


def test_a_program_is_ended_though_ctrl_c_comes_while_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[subprocess.Popen[bytes]] = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *words: Any, **options: Any) -> None:
            super().__init__(*words, **options)
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):  # time in which Python sees the signal
                pass

    def end(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        ended.append(process)

    monkeypatch.setattr("subprocess.Popen", Interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with (
            pytest.raises(KeyboardInterrupt),
            program([sys.executable, "-c", "import time; time.sleep(60)"], end),
        ):
            pytest.fail("the block began")
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(ended) == 1
    assert ended[0].returncode == -signal.SIGKILL
