"""All seven steps in containers, once for all tests here; where there is no engine, the reason is printed.

They run in one process (`make test` runs them after the others): an engine is shared as it is, and what is
measured here would only be slowed down by company.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from checks.containers import Project, up
from launcher import engine
from tests.documents import ROOT, STEPS

PROFILES = [step.name[:6] for step in STEPS]


@pytest.fixture(scope="session")
def docker() -> engine.Engine:
    try:
        return engine.find(os.environ)
    except engine.NoEngine as error:
        pytest.skip(f"no containers here: {error}")


@pytest.fixture(scope="session")
def tag(docker: engine.Engine) -> Iterator[str]:
    """Images of these tests' own: those of the person at this machine stay as they are."""
    name = f"test-{os.getpid()}"
    yield name
    for image in ("steps", "nginx", "development"):
        command = ["docker", "image", "rm", "--force", f"from-socket-to-stack/{image}:{name}"]
        subprocess.run(command, capture_output=True, timeout=60, check=False)


@pytest.fixture(scope="session")
def project(tag: str) -> Iterator[Project]:
    """Every step, by the one command. Certificates by ACME live for a minute, so that they are renewed."""
    settings = {"COURSE_TAG": tag, "ACME_LIFE_SECONDS": "60", "ACME_SECONDS_BETWEEN": "3"}
    with up(*PROFILES, root=ROOT, environment=settings) as started:
        yield started


@pytest.fixture
def containers(project: Project) -> Mapping[str, dict[str, Any]]:
    """What the engine says of each container that runs now, by name ("step07-app-1")."""
    return project.containers("step")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first of these tests may have to wait until images are fetched and built."""
    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "containers"):
            item.add_marker(pytest.mark.timeout(600))
