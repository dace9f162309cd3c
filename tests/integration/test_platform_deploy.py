"""`cdktf deploy` as a Cloud Admin runs it, on an empty account: everything is created, nothing is left to change."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstack.local_platform.localstack_process import LocalStack
from modules.functions import RECORDS
from operations.terraform import LOCAL, Stack, callback_url, local_state, provider_environment
from tests.support.clients import clients
from toolchain.paths import ROOT

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
    variables = {
        **provider_environment(LOCAL, real_calls=True),
        **account.environment,
        **local_state(folder / "terraform.tfstate"),
        "TF_VAR_callback_url": callback_url("http://127.0.0.1:9"),
    }
    stack = Stack(LOCAL, data=folder / "data", variables=variables)
    stack.build_artifacts()
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
    assert {each["FunctionName"] for each in functions} == {record.name for record in RECORDS.values()}


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
