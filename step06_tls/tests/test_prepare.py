"""What prepare lays out for step 06, and that nginx takes it."""

import subprocess
from pathlib import Path

from step05_nginx.tests.edge import ROOT, nginx_program
from step06_tls.prepare import prepare


def test_nginx_accepts_the_configuration_also_in_a_path_with_spaces(tmp_path: Path) -> None:
    project = tmp_path / "my own project"
    project.mkdir()
    for step in ROOT.glob("step0[1-6]_*"):
        (project / step.name).symlink_to(step)
    prepare(project, "run", {"http_port": "18006", "tls_port": "18446"})
    command = [nginx_program(), "-t", "-e", "stderr", "-p", "run/step06", "-c", "nginx.conf"]
    judged = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stderr
    assert "warn" not in judged.stderr
