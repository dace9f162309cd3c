"""The emulator that the stand-in provider's tests share, on one worker of ``-n``."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolchain.terraform_provider import standin_environment

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these tests need the emulator; the first that waits for all types takes a minute on busy cores."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.localstack)
            item.add_marker(pytest.mark.xdist_group("aws_provider"))
            item.add_marker(pytest.mark.timeout(400))


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables for Terraform: an emulator, the one of AWS_ENDPOINT_URL or one of its own, and the provider mirror."""
    from localstack.local_platform.localstack_process import LocalStack, call_environment

    provider = standin_environment(tmp_path_factory.mktemp("mirror"))
    running = os.environ.get("AWS_ENDPOINT_URL")
    if running:
        yield {**call_environment(running), **provider}
        return
    with LocalStack(tmp_path_factory.mktemp("emulator")) as emulator:
        yield {**emulator.environment, **provider}


@pytest.fixture(scope="session")
def suffix() -> str:
    """Part of every name that no other run on the same emulator uses."""
    return f"t{os.getpid()}"
