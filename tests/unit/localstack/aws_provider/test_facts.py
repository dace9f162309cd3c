"""What was recorded of the real provider's schemas, and how the stand-in's types take it."""

from typing import ClassVar

import pytest

from toolchain.provider_facts import FACTS, render, resource_types
from toq_aws_provider import facts, registry
from toq_aws_provider.resource import Resource

LIMIT_BYTES = 300 * 1024
RESOURCE_CLASSES = [registry.resource_class(name) for name in registry.RESOURCE_TYPES]


def test_every_served_type_is_recorded_and_no_other() -> None:
    assert facts.recorded()["resources"].keys() == {*registry.RESOURCE_TYPES} == resource_types()


def test_the_record_is_written_as_the_recorder_writes_it_and_stays_reviewable() -> None:
    """Nothing was added by hand, and nothing is about paths that the pinned schemas lack."""
    assert FACTS.read_text() == render(facts.recorded()["resources"])
    assert FACTS.stat().st_size < LIMIT_BYTES


@pytest.mark.parametrize(
    ("type_name", "forcing", "defaults"),
    [
        ("aws_sqs_queue_policy", ("queue_url",), {}),
        ("aws_iam_role_policy_attachment", ("policy_arn", "role"), {}),
        ("aws_kms_alias", ("name", "name_prefix"), {}),
        ("aws_media_convert_queue", ("name", "pricing_plan"), {"pricing_plan": "ON_DEMAND", "status": "ACTIVE"}),
    ],
)
def test_types_take_what_forces_them_new_and_their_defaults_from_the_record(
    type_name: str, forcing: tuple[str, ...], defaults: dict[str, str]
) -> None:
    """The right side is what the schemas in the provider's own source say, in the file of each resource."""
    served = registry.resource_class(type_name)
    assert served.requires_replace == forcing
    assert served.defaults == defaults


def test_a_default_of_what_is_not_served_counts_too() -> None:
    """The real provider writes it into the state all the same."""
    assert registry.resource_class("aws_sqs_queue").defaults["fifo_queue"] is False


def test_nothing_inside_a_block_that_is_not_served_is_taken() -> None:
    defaults = registry.resource_class("aws_cloudwatch_event_target").defaults
    assert "ecs_target.task_count" in facts.recorded()["resources"]["aws_cloudwatch_event_target"]["defaults"]
    assert not [path for path in defaults if path.startswith("ecs_target.")]


@pytest.mark.parametrize("served", RESOURCE_CLASSES, ids=lambda served: served.type)
def test_no_fact_is_deeper_than_plans_look(served: type[Resource]) -> None:
    assert [path for path in (*served.requires_replace, *served.defaults) if path.count(".") > 1] == []


def test_core_judges_plans_by_the_kit_that_a_type_is_made_with() -> None:
    assert registry.resource_class("aws_kms_alias").legacy_type_system
    assert not registry.resource_class("aws_s3_bucket_lifecycle_configuration").legacy_type_system


def test_a_type_that_is_not_recorded_keeps_what_it_says_itself() -> None:
    class Unrecorded(Resource):
        type = "aws_unrecorded"
        requires_replace = ("name",)
        defaults: ClassVar = {"size": 1}

    assert (Unrecorded.requires_replace, Unrecorded.defaults) == (("name",), {"size": 1})


def test_a_base_class_without_a_type_takes_nothing() -> None:
    class Base(Resource):
        service = "sqs"

    assert Base.requires_replace == ()
