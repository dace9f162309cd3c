"""What tests share: one local platform per session, clients for it, and names that no other test uses."""

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from toolchain import tools

if TYPE_CHECKING:
    from localstack.local_platform.endpoints import Endpoints


def pytest_configure() -> None:
    """The surroundings that `make` gives, also for a plain pytest: our tools on the PATH, caches under build/."""
    os.environ.update(tools.environment())


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what shares the platform on one worker of ``-n``, beside the unit tests: a machine has room for one."""
    for item in items:
        if "platform" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("platform"))
    items.sort(key=lambda item: (item.get_closest_marker("first") is None, item.get_closest_marker("last") is not None))


@pytest.fixture(scope="session")
def platform(request: pytest.FixtureRequest) -> Iterator["Endpoints"]:
    """A running platform: of this session, or with ``TOQ_PLATFORM=reuse`` the one that `make up` left running.

    Its logs stay under ``build/platform/test-PID`` when a test failed.
    """
    from localstack.local_platform.endpoints import Endpoints
    from localstack.local_platform.platform import Platform
    from toolchain.paths import UP_STATE

    if os.environ.get("TOQ_PLATFORM") == "reuse":
        running = Endpoints.read(UP_STATE)
        if running is None:
            pytest.exit("TOQ_PLATFORM=reuse, but no platform is running: start one with `make up`", returncode=2)
        yield running
        return
    with Platform(f"test-{os.getpid()}") as started:
        yield started.endpoints
    if not request.session.testsfailed:
        shutil.rmtree(started.directory)


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> str:
    """A name for what a test creates: the test's own, and eight random digits. Good for buckets, queues and ids."""
    test = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return f"{test[:40].rstrip('-')}-{uuid.uuid4().hex[:8]}"
