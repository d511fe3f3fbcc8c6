"""What must exist before the processes of this step start: ``python -m step05_nginx.prepare``."""

import os
import sys
from pathlib import Path

from step03_wsgi.app import STATIC_FOLDER
from step05_nginx import assets, configuration, error_pages

HERE = Path("step05_nginx")


def prepare(project: Path, run: str, ports: dict[str, str]) -> None:
    """Lay out ``$RUN/step05``. Again and again is fine: what is right already stays as it is."""
    scratch = project / run / "step05"
    publish_files(project, scratch)
    template = (project / HERE / "nginx" / "nginx.conf.template").read_text(encoding="utf-8")
    names = configuration.names(project, run, ports)
    configuration.write(scratch / "nginx.conf", configuration.render(template, names))


def publish_files(project: Path, scratch: Path) -> None:
    """What nginx serves by itself, here and in the steps above: the static files and its own error pages."""
    assets.publish(STATIC_FOLDER, scratch / "static")
    error_pages.publish(project / HERE / "error.html.template", scratch / "errors")
    # nginx creates the folders below this one itself.
    (scratch / "tmp").mkdir(parents=True, exist_ok=True)


def main() -> int:
    """Read the environment, prepare, and say in one line what went wrong."""
    try:
        ports = {"http_port": os.environ.get("STEP05_PORT", "8005")}
        prepare(Path.cwd(), os.environ.get("RUN", "run"), ports)
    except (OSError, configuration.CannotPrepare) as error:
        print(f"step05 cannot be prepared: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
