"""Mozilla's guideline for TLS, judged by a grader that knows it: sslyze."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.sites import Site
from step05_nginx.tests import edge as edges
from step06_tls.prepare import prepare


def grade(sslyze: str, port: int, root: Path) -> subprocess.CompletedProcess[str]:
    """0 if the server at this port complies, by the name localhost and with this root."""
    profile = ("--mozilla_config", "intermediate", "--certinfo_ca_file", str(root))
    return subprocess.run(
        [sslyze, *profile, f"localhost:{port}{{127.0.0.1}}"], capture_output=True, text=True, check=False
    )


def test_step_06_complies_with_mozillas_intermediate_profile(site: Site, needs: Callable[[str], str]) -> None:
    graded = grade(needs("sslyze"), site.ports["https"], site.root_certificate)
    assert graded.returncode == 0, graded.stdout + graded.stderr
    assert f"localhost:{site.ports['https']}: OK - Compliant." in graded.stdout
    assert "Supplied CA file CA Store (N/A):   OK - Certificate is trusted" in graded.stdout


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256:", "ECDHE-ECDSA-AES128-SHA256:", "ciphers"),
        ("X25519:prime256v1:secp384r1", "X25519:secp521r1", "curve"),
    ],
)
def test_the_grader_notices_what_does_not_comply(
    tmp_path: Path, needs: Callable[[str], str], right: str, wrong: str, complaint: str
) -> None:
    sslyze = needs("sslyze")

    def weaken(text: str) -> str:
        tls = (edges.ROOT / "step06_tls" / "nginx" / "tls.conf").read_text(encoding="utf-8")
        assert right in tls
        include = f'include "{edges.ROOT}/step06_tls/nginx/tls.conf";'
        assert include in text
        return text.replace(include, tls.replace(right, wrong))

    with edges.nginx("step06", tmp_path, prepare, weaken) as edge:
        graded = grade(sslyze, edge.tls_port, tmp_path / "authority" / "root.pem")
    assert graded.returncode == 1, graded.stdout
    assert "FAILED - Not compliant." in graded.stdout
    assert complaint in graded.stdout.split("COMPLIANCE")[1]
