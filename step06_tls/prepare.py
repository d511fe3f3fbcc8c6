"""What must exist before the processes of this step start: ``python -m step06_tls.prepare``.

With the word `keys`: only keys and certificates.
"""

import os
import sys
from pathlib import Path

from step05_nginx import configuration
from step05_nginx.prepare import publish_files
from step06_tls import certificates

HERE = Path("step06_tls")


def prepare(project: Path, run: str, ports: dict[str, str]) -> None:
    """Lay out ``$RUN/step06``. Again and again is fine: what is right already stays as it is."""
    scratch = project / run / "step06"
    publish_files(project, scratch)
    prepare_keys(project / run)
    # For certbot's answers to an authority; nginx shows it from the start.
    (scratch / "acme" / "webroot").mkdir(parents=True, exist_ok=True)
    template = (project / HERE / "nginx" / "nginx.conf.template").read_text(encoding="utf-8")
    names = configuration.names(project, run, ports)
    configuration.write(scratch / "nginx.conf", configuration.render(template, names))


def prepare_keys(run: Path) -> None:
    """The part that no image may hold: in containers all the rest comes with them."""
    certificates.ensure(run)


def main() -> int:
    """Read the environment, prepare, and say in one line what went wrong."""
    ports = {
        "http_port": os.environ.get("STEP06_PORT", "8006"),
        "tls_port": os.environ.get("STEP06_TLS_PORT", "8446"),
    }
    try:
        run = os.environ.get("RUN", "run")
        if sys.argv[1:] == ["keys"]:
            prepare_keys(Path.cwd() / run)
        else:
            prepare(Path.cwd(), run, ports)
    except (OSError, configuration.CannotPrepare) as error:
        print(f"step06 cannot be prepared: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
