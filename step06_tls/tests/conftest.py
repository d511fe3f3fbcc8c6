import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import running
from launcher.sites import Site
from step05_nginx.tests import edge as edges
from tests.conftest import needs

__all__ = ["needs"]


@pytest.fixture(scope="module")
def run() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tls-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Step 06 as `make step06` starts it."""
    edges.nginx_program()
    with running("step06", root=edges.ROOT) as sites:
        yield sites["step06"]
