"""Rules about what is kept: data, states and objects do not go without somebody writing down why."""

from collections.abc import Iterator
from typing import Any, Final

from operations.plan_review.plan import Change, Plan
from operations.plan_review.states import states

RULES = {
    "data-destroyed": "a resource that holds data would be destroyed or replaced",
    "state-lost": "the state machine loses a state",
    "objects-expire": "a lifecycle rule would remove objects (requirements, section 4: nothing does so automatically)",
}
DATA_HOLDERS: Final = frozenset(
    {
        *("aws_s3_bucket", "aws_kms_key", "aws_sqs_queue", "aws_secretsmanager_secret", "aws_cloudwatch_log_group"),
        *("aws_dynamodb_table", "aws_db_instance", "aws_rds_cluster", "aws_efs_file_system", "aws_ebs_volume"),
        *("aws_s3_object", "aws_secretsmanager_secret_version", "aws_kms_external_key"),
    }
)
# Members of a lifecycle rule that remove objects (Amazon S3 API, "LifecycleRule").
LIFECYCLE: Final = {"rule": "aws_s3_bucket_lifecycle_configuration", "lifecycle_rule": "aws_s3_bucket"}
EXPIRING: Final = ("expiration", "noncurrent_version_expiration")


def data_is_destroyed(change: Change, plan: Plan) -> Iterator[tuple[str, str]]:
    """A resource that holds data would be destroyed or replaced."""
    if change.destroys and change.type in DATA_HOLDERS and not change.deposed:
        because = f" because of {', '.join(change.replaced_by)}" if change.replaced_by else ""
        yield "data-destroyed", f"{change.action}{because}"


def state_is_lost(change: Change, plan: Plan) -> Iterator[tuple[str, str]]:
    """The state machine loses a state."""
    if change.type != "aws_sfn_state_machine" or change.leaves:
        return
    if change.unknown.get("definition"):
        if change.before:
            yield "state-lost", "definition is known after apply only"
        return
    before, after = states(change.before.get("definition")), states(change.after.get("definition"))
    yield from (("state-lost", name) for name in sorted(before.keys() - after.keys()))


def objects_expire(change: Change, plan: Plan) -> Iterator[tuple[str, str]]:
    """A lifecycle rule would remove objects, in a resource of its own or inside the bucket's."""
    for attribute, kind in LIFECYCLE.items():
        if change.type == kind:
            if change.unknown.get(attribute) is True and change.before:
                yield "objects-expire", f"{attribute} is known after apply only"
            for rule in _blocks(change.after.get(attribute)):
                names = [name for name in EXPIRING if rule.get(name)]
                yield from (("objects-expire", f"rule {rule.get('id')} has {name}") for name in names)


def _blocks(value: Any) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, dict)]
