"""Real Terraform with the stand-in provider on an emulator: every type is made, changed, imported and removed."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws_provider.workspace import Workspace
from toq_aws_provider import registry

# A version of code or a snapshot of an API is never changed, only replaced.
REPLACED = {"aws_lambda_layer_version", "aws_api_gateway_deployment"}
# The region's one account object is always there.
NEVER_GONE = {"aws_api_gateway_account"}


def _stored(it: dict[str, Any]) -> str:
    return str(it["id"])


def _method(it: dict[str, Any]) -> str:
    return f"{it['rest_api_id']}/{it['resource_id']}/{it['http_method']}"


# What `terraform import` takes where it is not the id that Terraform stores (registry's pages, section "Import").
IMPORT_IDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "aws_api_gateway_deployment": lambda it: f"{it['rest_api_id']}/{it['id']}",
    "aws_api_gateway_integration": _method,
    "aws_api_gateway_method": _method,
    "aws_api_gateway_method_settings": lambda it: f"{it['rest_api_id']}/{it['stage_name']}/{it['method_path']}",
    "aws_api_gateway_model": lambda it: f"{it['rest_api_id']}/{it['name']}",
    "aws_api_gateway_request_validator": lambda it: f"{it['rest_api_id']}/{it['id']}",
    "aws_api_gateway_resource": lambda it: f"{it['rest_api_id']}/{it['id']}",
    "aws_api_gateway_stage": lambda it: f"{it['rest_api_id']}/{it['stage_name']}",
    "aws_cloudwatch_event_target": lambda it: f"{it['rule']}/{it['target_id']}",
    "aws_lambda_permission": lambda it: f"{it['function_name']}/{it['statement_id']}",
}


@pytest.fixture(scope="module")
def everything(
    environment: dict[str, str], suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """A workspace in which every service's configuration is applied."""
    workspace = Workspace(tmp_path_factory.mktemp("everything"), environment)
    workspace.write_all_services(suffix, revision=1)
    workspace.apply()
    yield workspace
    workspace.run("destroy", "-auto-approve")


def test_every_served_type_is_in_a_configuration(everything: Workspace) -> None:
    assert {it["__type__"] for it in everything.resources().values()} == set(registry.RESOURCE_TYPES)


def test_a_second_plan_changes_nothing(everything: Workspace) -> None:
    assert everything.plan() == {}


def test_default_tags_reach_every_type_with_tags(everything: Workspace) -> None:
    tagged = {address: it["tags_all"] for address, it in everything.resources().items() if "tags_all" in it}
    assert {tags["Application"] for tags in tagged.values()} == {"provider-test"}


def test_what_exists_can_be_imported(everything: Workspace, suffix: str, tmp_path: Path) -> None:
    existing = everything.resources()
    ids = {address: IMPORT_IDS.get(it["__type__"], _stored)(it) for address, it in existing.items()}
    adopting = Workspace(tmp_path, everything.environment)
    adopting.write_all_services(suffix, revision=1, imports=ids)
    planned = adopting.plan()
    assert planned.keys() == existing.keys()
    # What AWS cannot tell (a file name, a deletion window) is filled in; only versions and snapshots are made anew.
    adopted = {("import",), ("import", "update")}
    anew = {existing[address]["__type__"] for address, actions in planned.items() if tuple(actions) not in adopted}
    assert anew <= REPLACED
    buckets = {address: actions for address, actions in planned.items() if ".aws_s3_bucket" in address}
    in_place = {existing[address]["__type__"] for address, actions in buckets.items() if "update" in actions}
    assert in_place == {"aws_s3_bucket"}  # force_destroy, which is Terraform's alone


def test_a_change_is_made_in_place(everything: Workspace, suffix: str) -> None:
    everything.write_all_services(suffix, revision=2)
    planned = everything.plan()
    kinds = {address: it["__type__"] for address, it in everything.resources().items()}
    replaced = {kinds[address] for address, actions in planned.items() if actions != ["update"]}
    assert replaced == REPLACED
    everything.apply()
    assert everything.plan() == {}


def test_destroy_leaves_nothing_behind(everything: Workspace, tmp_path: Path) -> None:
    """The state from before the destroy, refreshed after it, finds every resource gone."""
    before = everything.resources()
    shutil.copy(everything.folder / "terraform.tfstate", tmp_path / "before.tfstate")
    everything.run("destroy", "-auto-approve")
    assert everything.resources() == {}
    shutil.copy(tmp_path / "before.tfstate", everything.folder / "terraform.tfstate")
    planned = everything.plan()
    expected = {address for address, it in before.items() if it["__type__"] not in NEVER_GONE}
    assert {address for address, actions in planned.items() if actions == ["create"]} == expected
