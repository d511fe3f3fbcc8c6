import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import running
from launcher.sites import Site
from step05_nginx.prepare import prepare
from step05_nginx.tests import edge as edges
from step05_nginx.tests.edge import Edge


@pytest.fixture(scope="module")
def run() -> Iterator[Path]:
    # Not pytest's own folder: its path is longer than a Unix socket's may be on macOS.
    with tempfile.TemporaryDirectory(prefix="edge-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def edge(run: Path) -> Iterator[Edge]:
    """nginx as step05 has it, in front of the stand-in."""
    (run / "step05").mkdir()
    with edges.stand_in(run / "step05" / "app.sock"), edges.nginx("step05", run, prepare) as running_edge:
        yield running_edge


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Site]]:
    """Steps 04 and 05 as `make up` starts them."""
    edges.nginx_program()
    with running("step04", "step05", root=edges.ROOT) as found:
        yield found
