"""One synth of every environment for all tests of the emitted Terraform."""

import json

import pytest

from modules.environments import config
from tests.support.infrastructure.emitted import Terraform

ENVIRONMENTS = config.names()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what reads the emitted Terraform on one worker of ``-n``: another would only synthesise it again."""
    for item in items:
        if "stacks" in getattr(item, "fixturenames", ()) and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("synth"))


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Terraform]:
    """Every environment's Terraform by the environment's name."""
    from modules.stack import synthesize

    environments = [config.load(name) for name in ENVIRONMENTS]
    folders = synthesize(environments, tmp_path_factory.mktemp("synth") / "cdktf.out")
    return {
        environment.name: Terraform(environment, folder, json.loads((folder / "cdk.tf.json").read_text()))
        for environment, folder in zip(environments, folders, strict=True)
    }


@pytest.fixture(params=ENVIRONMENTS)
def stack(request: pytest.FixtureRequest, stacks: dict[str, Terraform]) -> Terraform:
    """Each environment's Terraform in turn."""
    return stacks[request.param]


@pytest.fixture
def prod(stacks: dict[str, Terraform]) -> Terraform:
    """Production's Terraform: the one with everything in it."""
    return stacks["prod"]
