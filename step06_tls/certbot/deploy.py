"""The deploy hook: what certbot runs after each new certificate, ``python -m step06_tls.certbot.deploy RUN``.

Certificate and key are laid where nginx reads them, and nginx is told. It reads them as root or as whoever
started it, so they are for this user's eyes only.
"""

import os
import sys
from pathlib import Path

from step06_tls import certificates
from step06_tls.certbot import edge


def deploy(lineage: Path, run: Path) -> None:
    """Install what lies in certbot's folder, if it is whole, and reload each nginx that serves it."""
    certificates.install(lineage / "fullchain.pem", lineage / "privkey.pem", run)
    for running in edge.running(run):
        running.reload()


if __name__ == "__main__":
    deploy(Path(os.environ["RENEWED_LINEAGE"]), Path(sys.argv[1]))
