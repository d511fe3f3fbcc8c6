"""All deployments, started by one launcher from a copy of the project, with a file of 100 KB more."""

import random
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from bench.processor import family
from checks.mutants.mutant import copy_project
from checks.native import EXEMPT, target_of
from checks.site import Site
from checks.visitor import Visitor
from launcher import Site as RunningStep
from launcher import running
from launcher.sites import free_ports
from step05_nginx import configuration

COPIED = Path(__file__).with_name("copied")
FILE = "hundred.png"
FILE_BYTES = 100_000
WITHOUT_LOGIN = ("step94", "step95", "step96")
PATIENCE = 10.0  # seconds for a login


@dataclass(frozen=True)
class Deployment:
    """A running deployment, and a visitor's session in it."""

    site: RunningStep
    cookie: str

    @property
    def url(self) -> str:
        """Where it answers, by TLS if it can."""
        scheme = "https" if self.site.https else "http"
        return f"{scheme}://127.0.0.1:{self.site.ports[scheme]}"

    def processes(self) -> list[psutil.Process]:
        """Every process that has a part in an answer.

        supervisord is among them: it writes down what the others say, for all deployments alike.
        """
        pids = list(self.site.pids().values())
        keepers = {psutil.Process(pid).ppid() for pid in pids}
        return [*map(psutil.Process, keepers), *family(pids)]


@contextmanager
def open_arena(names: Sequence[str], programs: Mapping[str, str]) -> Iterator[dict[str, Deployment]]:
    """Start these steps side by side; stop them and remove every trace, whatever happens.

    `programs` are settings of the launcher: which nginx and which Redis server run.
    """
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        tree, run = Path(folder, "course"), Path(folder, "run")
        lay_out(tree)
        ports = free_ports((*names, "step99"))
        ports["STEP93_APP_PORT"] = ports.pop("STEP99_PORT")
        for name in names:
            prepare(name, tree, run, ports)
        with running(*names, root=tree, run=run, environment={**ports, **programs}, stay=True) as sites:
            yield {
                name: Deployment(site, "" if name in WITHOUT_LOGIN else log_in(site, tree))
                for name, site in sites.items()
            }


def lay_out(tree: Path) -> None:
    """Copy the project and what people copy, and add the file: the project itself stays untouched."""
    tree.mkdir()
    copy_project(tree)
    shutil.copytree(COPIED, tree, dirs_exist_ok=True)
    (tree / "step02_http" / "static" / FILE).write_bytes(random.Random(5).randbytes(FILE_BYTES))


def prepare(name: str, tree: Path, run: Path, ports: dict[str, str]) -> None:
    """What must lie in the scratch folder beforehand. The steps prepare themselves."""
    scratch = run / name
    (scratch / "tmp").mkdir(parents=True)
    # The load is no visitor: without this, the limits of step 05 (100 requests a second) would be measured.
    (scratch / "exempt.conf").write_text(EXEMPT, encoding="utf-8")
    for template in tree.glob(f"{name}_*/nginx.conf.template"):
        mine = {"port": ports[f"{name.upper()}_PORT"], "app_port": ports["STEP93_APP_PORT"]}
        names = configuration.names(tree, str(run), mine)
        configuration.write(
            scratch / "nginx.conf", configuration.render(template.read_text(encoding="utf-8"), names)
        )


def visiting(site: RunningStep) -> requests.Session:
    """A visitor who trusts the course's own authority, and nothing that the environment names."""
    visitor = requests.Session()
    visitor.trust_env = False
    visitor.verify = str(site.root_certificate) if site.https else True
    return visitor


def log_in(step: RunningStep, tree: Path) -> str:
    """The Cookie field of a visitor who is logged in."""
    with Site(target_of(step, tree), PATIENCE) as site:
        visitor = Visitor(site, noted=False)
        if not visitor.log_in():
            raise RuntimeError(f"{step.step}: the login was not accepted")
        return "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
