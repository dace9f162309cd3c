"""Environments that none of the committed files describe."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from modules.environments import config
from modules.environments.environment import Environment
from tests.support.infrastructure.emitted import Terraform

# Buckets have names of their own; the rest is named within another resource, by AWS, or after its log producer.
NAMED_BY_FILE = {"aws_s3_bucket"}
NAMES = ("name", "function_name", "alarm_name", "dashboard_name", "layer_name")
WITHIN = {
    "aws_api_gateway_model",
    "aws_api_gateway_request_validator",
    "aws_iam_role_policy",
}


type Emit = Callable[[Environment], Terraform]


@pytest.fixture
def emit(tmp_path: Path) -> Emit:
    from modules.stack import synthesize

    def emitted(environment: Environment) -> Terraform:
        [folder] = synthesize([environment], tmp_path / environment.name)
        return Terraform(environment, folder, json.loads((folder / "cdk.tf.json").read_text()))

    return emitted


def named(stack: Terraform) -> Iterator[tuple[str, str]]:
    for address, resource in stack.resources():
        if address.split(".")[0] in NAMED_BY_FILE | WITHIN:
            continue
        yield from ((address, resource[key]) for key in NAMES if key in resource and "${" not in resource[key])


def test_two_environments_can_share_an_account(emit: Emit) -> None:
    prod = config.load("prod")
    first = dict(named(emit(replace(prod, name="one", name_suffix="-one"))))
    second = dict(named(emit(replace(prod, name="two", name_suffix="-two"))))
    assert first.keys() == second.keys()
    assert [address for address in first if first[address] == second[address]] == []
    assert all(name.endswith("-one") for name in first.values()), first


def test_without_a_network_there_is_no_api_and_all_else(emit: Emit) -> None:
    with_it = emit(config.load("dev"))
    without = emit(replace(config.load("dev"), name="alone", network=None))
    missing = {address for address, _ in with_it.resources()} - {address for address, _ in without.resources()}
    assert all("api_gateway" in each or "callback" in each for each in missing), missing
    assert "aws_sfn_state_machine.media" in dict(without.resources())
    assert without.document["output"]["callback_api_url"]["value"] == ""


def test_a_function_without_reserved_concurrency_reserves_none(emit: Emit) -> None:
    dev = config.load("dev")
    sizes = {function: replace(size, reserved_concurrency=None) for function, size in dev.functions.items()}
    stack = emit(replace(dev, name="small", functions=sizes))
    assert not any("reserved_concurrent_executions" in each for each in stack.all("aws_lambda_function").values())
    assert "scaling_config" not in stack.one("aws_lambda_event_source_mapping.start_from_queue")
