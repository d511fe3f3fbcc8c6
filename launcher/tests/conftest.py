import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.tests.project import PATIENCE, Project


@pytest.fixture
def project() -> Iterator[Project]:
    folder = tempfile.mkdtemp(prefix="a launcher ")
    made = Project(Path(folder))
    yield made
    for launcher in made.launchers:
        if launcher.poll() is None:
            launcher.send_signal(signal.SIGTERM)
        launcher.wait(PATIENCE)
        if launcher.stdout:
            launcher.stdout.close()
    subprocess.run([sys.executable, "-m", "launcher", "down"], cwd=folder, env=made.environ, check=False)
    shutil.rmtree(folder)
