"""The stack on trial: started from a copy of the project, so that an event may change its code.

The visitors of the load are exempt from the limits by address and by connection of step05's limits.conf: the
file `exempt.conf` beside the rendered nginx.conf, which that file includes, names their address. An attacker
in `make abuse` is never exempt.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checks.mutants.mutant import copy_project
from checks.native import EXEMPT, target_of
from checks.target import Target
from launcher import Site as RunningStep
from launcher import running


@dataclass(frozen=True)
class Stage:
    """A running step, and the copy of the project that it runs from."""

    step: RunningStep
    tree: Path
    target: Target


@contextmanager
def on_stage(step: str, exempt: str = EXEMPT) -> Iterator[Stage]:
    """Start the step on free ports, stop it afterwards; `exempt` are the lines of exempt.conf."""
    with tempfile.TemporaryDirectory(prefix="trial-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        tree, run = Path(folder) / "course", Path(folder) / "run"
        tree.mkdir()
        copy_project(tree)
        (run / step).mkdir(parents=True)
        (run / step / "exempt.conf").write_text(exempt, encoding="utf-8")
        with running(step, root=tree, run=run, stay=True) as sites:
            yield Stage(sites[step], tree, target_of(sites[step], tree))
