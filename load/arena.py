"""Steps started side by side on free ports, for comparisons. No limit counts the generator's addresses:

step05's limits.conf includes a file `exempt.conf` beside the rendered nginx.conf; it is written here before
nginx starts. So no step counts how often this machine's own addresses come, nor how many connections they
have.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher import running
from load.exemption import LINES
from load.sites import Aim, started


@contextmanager
def arena(*steps: str) -> Iterator[dict[int, Aim]]:
    """The steps by their numbers, while the block runs."""
    # Short: a Unix socket's path has room for a hundred characters.
    with tempfile.TemporaryDirectory(prefix="load-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        run = Path(folder) / "run"
        for step in steps:
            (run / step).mkdir(parents=True)
            (run / step / "exempt.conf").write_text(LINES, encoding="utf-8")
        with running(*steps, run=run, stay=True) as sites:
            aims = [started(site) for site in sites.values()]
            yield {aim.step: aim for aim in aims}
