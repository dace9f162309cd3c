"""`cdktf deploy` as a Cloud Admin runs it, on an empty account: everything is created, nothing is left to change."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handlers.contract.names import Function
from localstack.local_platform.local_stack import terraform_variables
from localstack.local_platform.localstack_process import LocalStack
from operations.terraform import Stack
from tests.support.clients import clients
from toolchain.paths import BUILD, ROOT
from toolchain.terraform_provider import LOCAL, provider_environment

pytestmark = [pytest.mark.localstack, pytest.mark.xdist_group("deploy"), pytest.mark.timeout(300)]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """An AWS account in which nothing of ours exists."""
    with LocalStack(tmp_path_factory.mktemp("account")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def stack(account: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    folder = tmp_path_factory.mktemp("terraform")
    (folder / "build").symlink_to(BUILD)
    variables = terraform_variables(folder, calls=account.environment, backend_url="http://127.0.0.1:9")
    stack = Stack(LOCAL, {**os.environ, **provider_environment(LOCAL, real_calls=True), **variables})
    assert stack.build_artifacts() == 0
    return stack


@pytest.fixture(scope="module")
def run(stack: Stack) -> Run:
    """Run a command on the stack; its output stands in the failure."""

    def command(*words: str, directory: Path = ROOT, expected: int = 0) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            words, cwd=directory, env=stack.variables, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == expected, done.stdout[-4000:] + done.stderr[-4000:]
        return done

    return command


@pytest.fixture(scope="module")
def deployed(run: Run, stack: Stack) -> str:
    """What `cdktf deploy` of everything printed."""
    return run("cdktf", "deploy", stack.name, "--auto-approve").stdout


def test_deploy_creates_everything_and_prints_the_outputs(deployed: str, stack: Stack, account: LocalStack) -> None:
    assert "state_machine_arn" in deployed
    functions = clients(account.url)("lambda").list_functions()["Functions"]
    assert {each["FunctionName"] for each in functions} == {str(function) for function in Function}


@pytest.mark.usefixtures("deployed")
def test_second_plan_is_empty(run: Run, stack: Stack) -> None:
    run("terraform", "plan", "-detailed-exitcode", "-no-color", directory=stack.directory, expected=0)


@pytest.mark.usefixtures("deployed")
def test_diff_shows_no_changes(run: Run, stack: Stack) -> None:
    assert "No changes" in run("cdktf", "diff", stack.name).stdout


@pytest.mark.usefixtures("deployed")
def test_destroy_leaves_no_bucket_function_or_state_machine(run: Run, stack: Stack, account: LocalStack) -> None:
    run("cdktf", "destroy", stack.name, "--auto-approve")
    aws = clients(account.url)
    assert aws("s3").list_buckets()["Buckets"] == []
    assert aws("lambda").list_functions()["Functions"] == []
    assert aws("stepfunctions").list_state_machines()["stateMachines"] == []
