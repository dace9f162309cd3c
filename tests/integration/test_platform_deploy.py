"""`cdktf deploy` as a Cloud Admin runs it, on an empty account: everything is created, nothing is left to change."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from localstack.local_platform.local_stack import terraform_variables
from localstack.local_platform.localstack_process import LocalStack
from modules.functions import RECORDS
from operations.terraform import Stack
from tests.support.clients import clients
from toolchain.paths import BUILD
from toolchain.terraform_provider import LOCAL, provider_environment

pytestmark = [pytest.mark.localstack, pytest.mark.xdist_group("deploy"), pytest.mark.timeout(600)]


class Recorder:
    """Runs the stack's steps and keeps what the last one printed, which also stands in a failure."""

    def __init__(self) -> None:
        self.printed = ""

    def __call__(self, step: str, command: Sequence[str], *, directory: Path, environment: Mapping[str, str]) -> int:
        done = subprocess.run(
            command, cwd=directory, env=environment, capture_output=True, text=True, timeout=500, check=False
        )
        assert done.returncode == 0, step + done.stdout[-4000:] + done.stderr[-4000:]
        self.printed = done.stdout
        return done.returncode


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """An AWS account in which nothing of ours exists."""
    with LocalStack(tmp_path_factory.mktemp("account")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def stack(account: LocalStack, recorder: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    folder = tmp_path_factory.mktemp("terraform")
    (folder / "build").symlink_to(BUILD)
    variables = terraform_variables(folder, calls=account.environment, backend_url="http://127.0.0.1:9")
    surroundings = {**os.environ, **provider_environment(LOCAL, real_calls=True), **variables}
    stack = Stack(LOCAL, surroundings, run=recorder)
    stack.build_artifacts()
    return stack


@pytest.fixture(scope="module")
def deployed(stack: Stack, recorder: Recorder) -> str:
    """What `cdktf deploy` of everything printed."""
    stack.cdktf("deploy", "--auto-approve")
    return recorder.printed


def test_deploy_creates_everything_and_prints_the_outputs(deployed: str, account: LocalStack) -> None:
    assert "state_machine_arn" in deployed
    functions = clients(account.url)("lambda").list_functions()["Functions"]
    assert {each["FunctionName"] for each in functions} == {record.name for record in RECORDS.values()}


@pytest.mark.usefixtures("deployed")
def test_second_plan_is_empty(stack: Stack) -> None:
    assert stack.terraform("plan", "-detailed-exitcode", "-no-color") == 0


@pytest.mark.usefixtures("deployed")
def test_diff_shows_no_changes(stack: Stack, recorder: Recorder) -> None:
    stack.cdktf("diff")
    assert "No changes" in recorder.printed


@pytest.mark.usefixtures("deployed")
def test_destroy_leaves_no_bucket_function_or_state_machine(stack: Stack, account: LocalStack) -> None:
    stack.cdktf("destroy", "--auto-approve")
    aws = clients(account.url)
    assert aws("s3").list_buckets()["Buckets"] == []
    assert aws("lambda").list_functions()["Functions"] == []
    assert aws("stepfunctions").list_state_machines()["stateMachines"] == []
