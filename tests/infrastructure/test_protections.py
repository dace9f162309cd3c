"""Every protection of the emitted stacks has its rule in plan review: whoever adds an attribute decides what it is."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from operations.plan_review import rules
from operations.plan_review.plan import Action, Change, Plan
from operations.plan_review.policies.texts import TARGETS, is_named_policy
from operations.plan_review.rules.protection_table import PROTECTIONS
from tests.support.infrastructure.emitted import Terraform

# Attributes that protect nothing, by the end of their path: names, texts, sizes, where a thing belongs.
HARMLESS = re.compile(
    r"(^|\.)(name|description|\w+_name|display_name|id|\w+_id|target_id|bucket|queue_url|topic_arn|secret_arn|statement_id"
    r"|alarm_description|comparison_operator|dimensions\.\w+|namespace|statistic|treat_missing_data|ok_actions|rule"
    r"|memory_size|timeout|runtime|handler|layers|filename|source_code_hash|architectures|log_format|batch_size"
    r"|environment\.variables\.\w+|reserved_concurrent_executions|scaling_config\.\w+|compatible_\w+|schema"
    r"|event_source_arn|http_method|integration_http_method|type|path_part|content_type|method_path|metrics_enabled"
    r"|triggers\.parts|request_models\..+|request_parameters\..+|format|connection_id|target_arns|cloudwatch_role_arn"
    r"|on_failure|template_body|dashboard_body|input_paths\.\w+|input_template|arn|pricing_plan|status|protocol"
    r"|cors_rule\.(allowed_headers|expose_headers|max_age_seconds)|filter\.(tag\.\w+|prefix)|transition\.\w+|definition"
    r"|abort_incomplete_multipart_upload\.days_after_initiation"
    r"|receive_wait_time_seconds|visibility_timeout_seconds|subnet_ids|action)$"
)
# Held by rules of their own: policies, what a permission says, who has which policy.
RULED = {("aws_iam_role_policy_attachment", "policy_arn"), ("aws_lambda_permission", "principal")} | {
    ("aws_lambda_permission", "source_arn"),
    *((kind, target) for kind, (target, _) in TARGETS.items()),
}
META = {"//", "depends_on", "lifecycle", "provider", "count", "for_each"}
# Values that nothing is weaker than: a callback that no caller signs for AWS, buckets of the local platform.
WEAKEST = [("aws_api_gateway_method", "authorization", "NONE"), ("aws_s3_bucket", "force_destroy", True)]
WRONG = (None, True, False, "NONE", "alias/aws/s3", 0, 10**6, ["*"], "other", [])


def leaf_paths(value: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of all attributes of a resource; those of a block in a list as those of one."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            if path or name not in META:
                yield from leaf_paths(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for each in value:
            yield from leaf_paths(each, path)
    else:
        yield path


def spoilt(arguments: Any, path: list[str], value: Any) -> Any:
    """A copy of the arguments with another value at a path, in every block on the way."""
    if isinstance(arguments, list):
        return [spoilt(each, path, value) for each in arguments]
    changed = copy.copy(arguments)
    changed[path[0]] = value if len(path) == 1 else spoilt(arguments[path[0]], path[1:], value)
    return changed


def test_every_attribute_of_the_stack_is_a_protection_or_harmless(stack: Terraform) -> None:
    table = {(row.type, row.path) for row in PROTECTIONS} | RULED
    undecided = {
        f"{kind} {path}"
        for address, arguments in stack.resources()
        for kind in [address.partition(".")[0]]
        for path in leaf_paths(arguments)
        if (kind, path) not in table and not is_named_policy(path) and not HARMLESS.search(path)
    }
    assert undecided == set(), "give each a row in PROTECTIONS, or a reason to be harmless"


def test_weakening_any_protection_of_the_stack_is_a_finding(stack: Terraform) -> None:
    silent = [
        f"{address} {row.path}"
        for address, arguments in stack.resources()
        for row in PROTECTIONS
        if row.type == address.partition(".")[0] and row.path in set(leaf_paths(arguments))
        if (row.type, row.path, arguments.get(row.path)) not in WEAKEST
        if not any(found(address, arguments, row.path, value) for value in WRONG)
    ]
    assert silent == []


def found(address: str, arguments: dict[str, Any], path: str, value: Any) -> bool:
    after = spoilt(arguments, path.split("."), value)
    change = Change(address, address.partition(".")[0], Action.UPDATE, arguments, after, unknown={})
    said = [each.detail for each in rules.review(Plan((change,))) if each.rule == "protection-weakened"]
    return any(each.startswith(path) for each in said)


@pytest.mark.parametrize("kind", sorted({row.type for row in PROTECTIONS}))
def test_a_protection_says_why(kind: str) -> None:
    rows = [row for row in PROTECTIONS if row.type == kind]
    assert all(row.reason for row in rows)
