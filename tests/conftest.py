"""What all tests across the steps share: the rule for programs that may be missing."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence

import pytest

from launcher import running
from tests.documents import ROOT
from tests.programs import INSTALL, find
from tests.visitor import Stack


@pytest.fixture(scope="session")
def needs() -> Callable[[str], str]:
    """Ask for a program: its path; without it the test is skipped, or fails where CI=true."""

    def ask(program: str) -> str:
        if path := find(program):
            return path
        reason = f"{program} is missing: {INSTALL[program]}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)

    return ask


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The steps, natively, on free ports, in a scratch folder of their own; once a worker."""
    # A short path: the name of a Unix socket has at most 103 bytes on macOS.
    with tempfile.TemporaryDirectory(prefix="stack-", dir="/tmp", ignore_cleanup_errors=True) as run:
        numbers = sorted(asked_for(request.session.items))
        with running(*(f"step0{number}" for number in numbers), run=run, root=ROOT) as sites:
            yield Stack({int(name[-1]): site for name, site in sites.items()})


def asked_for(items: Sequence[pytest.Item]) -> set[int]:
    """The steps that the chosen tests visit; all, if one of them does not say which."""
    numbers: set[int] = set()
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            step = getattr(getattr(item, "callspec", None), "params", {}).get("step")
            numbers |= {step} if step else set(range(1, 8))
    return numbers
