"""Terraform's requests, answered by the provider in this process with a resource type that keeps a dictionary."""

from collections.abc import Iterator
from typing import Any

import pytest
from tf.gen import tfplugin_pb2 as pb  # type: ignore[import-untyped]

from tests.support.aws_provider.example_resource import EXAMPLE_SCHEMA, ExampleResource, example_object
from toq_aws_provider import registry, schema
from toq_aws_provider.aws import Aws
from toq_aws_provider.server import Provider
from toq_aws_provider.values import UNKNOWN, Object, decode, encode


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A configured provider that serves `aws_example`."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setattr(Aws, "account", "000000000000")
    monkeypatch.setattr(registry, "resource_class", lambda name: ExampleResource)
    monkeypatch.setattr(schema, "resource", lambda name: EXAMPLE_SCHEMA)
    subject = Provider()
    configured = subject.ConfigureProvider(pb.ConfigureProvider.Request(config=encode({"region": "us-east-1"})), None)
    assert not configured.diagnostics
    yield subject
    ExampleResource.stored.clear()
    ExampleResource.fails_in = ""


def applied(provider: Provider, prior: Object | None, planned: Object | None) -> Any:
    request = pb.ApplyResourceChange.Request(
        type_name="aws_example", prior_state=encode(prior), planned_state=encode(planned)
    )
    return provider.ApplyResourceChange(request, None)


def created(provider: Provider) -> Object:
    planned = example_object(
        id=UNKNOWN, arn=UNKNOWN, revision=UNKNOWN, name="a", note="n", region="us-east-1", tags_all={"k": "v"}
    )
    answer = applied(provider, None, planned)
    assert not answer.diagnostics
    state: Object = decode(answer.new_state)
    return state


def refreshed(provider: Provider, state: Object) -> Object | None:
    request = pb.ReadResource.Request(type_name="aws_example", current_state=encode(state))
    result: Object | None = decode(provider.ReadResource(request, None).new_state)
    return result


def complaints(provider: Provider, **config: object) -> list[str]:
    request = pb.ValidateResourceConfig.Request(type_name="aws_example", config=encode(example_object(**config)))
    return [it.detail for it in provider.ValidateResourceConfig(request, None).diagnostics]


def test_a_created_resource_has_what_aws_decided(provider: Provider) -> None:
    state = created(provider)
    assert (state["id"], state["arn"], state["name"], state["note"]) == ("a", "arn:a", "a", "n")


def test_a_creation_that_fails_leaves_no_state(provider: Provider) -> None:
    ExampleResource.fails_in = "create"
    answer = applied(provider, None, example_object(id=UNKNOWN, name="a"))
    assert decode(answer.new_state) is None
    assert [it.detail for it in answer.diagnostics] == ["AWS broke in create"]


def test_a_creation_that_fails_half_way_keeps_the_id(provider: Provider) -> None:
    ExampleResource.fails_in = "after_create"
    answer = applied(provider, None, example_object(id=UNKNOWN, name="a"))
    assert decode(answer.new_state)["id"] == "a"
    assert answer.diagnostics[0].severity == pb.Diagnostic.ERROR


def test_an_update_that_fails_leaves_the_prior_state(provider: Provider) -> None:
    prior = created(provider)
    ExampleResource.fails_in = "update"
    answer = applied(provider, prior, {**prior, "note": "new"})
    assert decode(answer.new_state) == prior
    assert len(answer.diagnostics) == 1


def test_an_update_changes_the_resource_and_its_tags(provider: Provider) -> None:
    prior = created(provider)
    answer = applied(provider, prior, {**prior, "note": "new", "tags_all": {"k": "w"}})
    assert decode(answer.new_state)["note"] == "new"
    assert ExampleResource.stored["a"] == {"name": "a", "note": "new", "retagged": ({"k": "w"}, [])}


def test_a_deleted_resource_is_gone_and_deleting_it_again_is_no_failure(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = created(provider)
    assert decode(applied(provider, state, None).new_state) is None
    assert refreshed(provider, state) is None

    def missing(self: ExampleResource, identifier: str, state: Object) -> None:
        error = RuntimeError("no such thing")
        error.response = {"ResponseMetadata": {"HTTPStatusCode": 404}}  # type: ignore[attr-defined]
        raise error

    monkeypatch.setattr(ExampleResource, "delete", missing)
    assert not applied(provider, state, None).diagnostics


def test_a_resource_that_vanished_after_its_creation_is_an_error(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExampleResource, "read", lambda self, identifier, state: None)
    answer = applied(provider, None, example_object(id=UNKNOWN, name="a"))
    assert "is not there although the call succeeded" in answer.diagnostics[0].detail


def test_a_refresh_sees_a_change_made_elsewhere(provider: Provider) -> None:
    state = created(provider)
    ExampleResource.stored["a"]["note"] = "changed elsewhere"
    assert refreshed(provider, state) == {**state, "note": "changed elsewhere"}


def test_a_plan_for_deletion_is_empty(provider: Provider) -> None:
    request = pb.PlanResourceChange.Request(
        type_name="aws_example", prior_state=encode(created(provider)), proposed_new_state=encode(None)
    )
    assert decode(provider.PlanResourceChange(request, None).planned_state) is None


def test_a_plan_names_the_attributes_that_force_a_new_resource(provider: Provider) -> None:
    prior = created(provider)
    proposed = {**prior, "name": "b"}
    request = pb.PlanResourceChange.Request(
        type_name="aws_example",
        prior_state=encode(prior),
        proposed_new_state=encode(proposed),
        config=encode(example_object(name="b")),
    )
    answer = provider.PlanResourceChange(request, None)
    assert [step.attribute_name for path in answer.requires_replace for step in path.steps] == ["name"]
    assert answer.legacy_type_system


def test_an_import_of_what_is_there_gives_its_state(provider: Provider) -> None:
    created(provider)
    request = pb.ImportResourceState.Request(type_name="aws_example", id="a")
    (imported,) = provider.ImportResourceState(request, None).imported_resources
    state = decode(imported.state)
    assert (state["name"], state["arn"], state["seconds"]) == ("a", "arn:a", 30)


def test_an_import_of_what_is_not_there_says_so(provider: Provider) -> None:
    request = pb.ImportResourceState.Request(type_name="aws_example", id="absent")
    (complaint,) = provider.ImportResourceState(request, None).diagnostics
    assert "'absent' does not exist" in complaint.detail


def test_stored_state_of_another_extraction_is_brought_into_shape(provider: Provider) -> None:
    request = pb.UpgradeResourceState.Request(
        type_name="aws_example", raw_state=pb.RawState(json=b'{"id": "a", "removed": 1}')
    )
    assert decode(provider.UpgradeResourceState(request, None).upgraded_state) == example_object(id="a")


def test_a_correct_configuration_draws_no_complaint(provider: Provider) -> None:
    assert complaints(provider, name="a", layout="{}", rule=[{"name": "x"}]) == []


def test_a_configuration_may_not_set_what_aws_computes(provider: Provider) -> None:
    assert 'Can\'t configure a value for "arn"' in complaints(provider, arn="mine")[0]


def test_a_document_must_be_json_once_it_is_known(provider: Provider) -> None:
    assert complaints(provider, policy=UNKNOWN) == []
    assert complaints(provider, policy="{") == ['"policy" is not a JSON document: {']


def test_what_is_not_served_is_refused(provider: Provider) -> None:
    assert complaints(provider, steps=["a"]) == ['The stand-in provider does not serve "steps".']


def test_what_is_not_served_is_refused_inside_blocks_and_when_it_is_false(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExampleResource, "unsupported_attributes", ("rule.size", "note"))
    assert complaints(provider, rule=[{"name": "x", "size": 0}]) == [
        'The stand-in provider does not serve "rule.size".'
    ]
    assert complaints(provider, rule=[{"name": "x"}], note=False) == ['The stand-in provider does not serve "note".']


def test_an_unconfigured_provider_says_so() -> None:
    answer = Provider().ReadDataSource(pb.ReadDataSource.Request(type_name="aws_vpc", config=encode({})), None)
    assert "has not configured the provider" in answer.diagnostics[0].detail


def test_the_schema_answer_holds_every_served_type() -> None:
    answer = Provider().GetProviderSchema(pb.GetProviderSchema.Request(), None)
    assert set(answer.resource_schemas) == set(registry.RESOURCE_TYPES)
    assert set(answer.data_source_schemas) == set(registry.DATA_SOURCE_TYPES)
    assert answer.provider.block.attributes
    metadata = Provider().GetMetadata(pb.GetMetadata.Request(), None)
    assert {it.type_name for it in metadata.resources} == set(registry.RESOURCE_TYPES)
