"""From step 05 on nginx limits each address. Here the generator's addresses are exempt, while it runs.

The exemption is a file `exempt.conf` beside the rendered nginx.conf, which step05's limits.conf includes: it
names this machine's own addresses. nginx reads it when it is told to reload; afterwards the file goes, and
nginx is told again.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from checks.native import EXEMPT
from load.sites import Aim

MARK = "# Written by the load lab; it goes when the run ends.\n"
LINES = MARK + EXEMPT
PATIENCE = 5.0


@contextmanager
def exempted(aim: Aim, wanted: bool = True) -> Iterator[Path | None]:
    """Exempt this machine's addresses while the block runs; the file, or None if nothing limits them."""
    nginx = _nginx(aim)
    file = aim.scratch / "exempt.conf" if aim.scratch else None
    if not (wanted and nginx and file) or (file.exists() and not _is_ours(file)):
        yield None
        return
    file.write_text(LINES, encoding="utf-8")
    try:
        _reload(nginx)
        yield file
    finally:
        file.unlink(missing_ok=True)
        if again := _nginx(aim):
            _reload(again)


def _is_ours(file: Path) -> bool:
    """Whether a run that was killed left it."""
    return file.read_text(encoding="utf-8", errors="replace").startswith(MARK)


def _nginx(aim: Aim) -> psutil.Process | None:
    pids = aim.pids() if aim.pids else {}
    name = next((name for name in pids if name.endswith("-nginx")), None)
    with suppress(psutil.Error):
        return psutil.Process(pids[name]) if name else None
    return None


def _reload(nginx: psutil.Process) -> None:
    """Have nginx read its files again, and wait until only new workers take connections."""
    with suppress(psutil.Error, ProcessLookupError):
        old = {child.pid for child in nginx.children()}
        os.kill(nginx.pid, signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            now = nginx.children()
            if {child.pid for child in now} - old and not any(_accepts(one) for one in now if one.pid in old):
                return
            time.sleep(0.02)


def _accepts(worker: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return not any("shutting down" in word for word in worker.cmdline())
    return False
