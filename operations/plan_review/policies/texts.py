"""Where a resource keeps policies: which of its attributes are some, and which other resource they are about."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from operations.plan_review.plan import REDACTED, UNKNOWN, Change, Plan
from operations.plan_review.policies.statements import PolicyError, Statement, is_policy, read_policy

# Attributes that are called a policy and are none of IAM's.
OTHERS: Final = {
    *("redrive_policy", "redrive_allow_policy", "delivery_policy", "archive_policy", "retry_policy"),
    *("block_public_policy", "lifecycle_policy", "signature_policy", "policy_type", "scaling_policy"),
}
# Type, its attribute, and the types of what that names: the bearer of the policy.
TARGETS: Final[dict[str, tuple[str, str]]] = {
    "aws_iam_role_policy": ("role", "aws_iam_role"),
    "aws_iam_role_policy_attachment": ("role", "aws_iam_role"),
    "aws_iam_user_policy": ("user", "aws_iam_user"),
    "aws_iam_user_policy_attachment": ("user", "aws_iam_user"),
    "aws_iam_group_policy": ("group", "aws_iam_group"),
    "aws_iam_group_policy_attachment": ("group", "aws_iam_group"),
    "aws_s3_bucket_policy": ("bucket", "aws_s3_bucket"),
    "aws_sqs_queue_policy": ("queue_url", "aws_sqs_queue"),
    "aws_sns_topic_policy": ("arn", "aws_sns_topic"),
    "aws_kms_key_policy": ("key_id", "aws_kms_key"),
    "aws_secretsmanager_secret_policy": ("secret_arn", "aws_secretsmanager_secret"),
    "aws_api_gateway_rest_api_policy": ("rest_api_id", "aws_api_gateway_rest_api"),
    "aws_lambda_permission": ("function_name", "aws_lambda_function"),
}
_NAMES: Final = ("id", "name", "arn", "bucket", "function_name", "url", "key_id")


class HiddenPolicyError(PolicyError):
    """The text of a policy is not in the plan."""


def policy_texts(attributes: Mapping[str, Any], unknown: Mapping[str, Any], kind: str = "") -> dict[str, Any]:
    """What each policy of a resource says, by the attribute's name; `UNKNOWN` or `REDACTED` where the plan hides it."""
    if kind == "aws_lambda_permission" and attributes:
        return {"permission": _permission(attributes, unknown)}
    found = {name: value for name, value in attributes.items() if _is_text(name, value)}
    found.update({name: UNKNOWN for name, mark in unknown.items() if mark is True and is_named_policy(name)})
    blocks = attributes.get("inline_policy")
    for number, block in enumerate(blocks if isinstance(blocks, list) else []):
        if isinstance(block, dict):
            text = block.get("policy")
            hidden = _at(unknown.get("inline_policy"), number)
            found[f"inline_policy {block.get('name') or number}"] = UNKNOWN if text is None and hidden else text
    return found


def read_text(text: Any) -> tuple[Statement, ...]:
    """The statements of a policy of `policy_texts`.

    Raises
    ------
    HiddenPolicyError
        The plan does not tell it.
    PolicyError
        It is no policy.
    """
    if text == UNKNOWN:
        raise HiddenPolicyError("is known after apply only")
    if text == REDACTED:
        raise HiddenPolicyError("is sensitive")
    return read_policy(text)


def is_named_policy(name: str) -> bool:
    """Whether an attribute of this name holds a policy of IAM's."""
    return (name == "policy" or name.endswith("_policy")) and name not in OTHERS and name != "inline_policy"


def target_is_new(change: Change, plan: Plan) -> bool:
    """Whether what a policy is about did not exist before this plan; unless the plan shows it, it did."""
    if not change.makes:
        return False
    if change.type not in TARGETS:
        return True
    attribute, kind = TARGETS[change.type]
    referred = change.references.get(attribute)
    if referred:
        return all(plan.made(each) for each in referred)
    name = change.after.get(attribute)
    return isinstance(name, str) and any(
        each.type == kind and name in (each.after.get(key) for key in _NAMES) and plan.made(each.address)
        for each in plan.resources
    )


def target_goes(change: Change, plan: Plan) -> bool:
    """Whether what a policy was about is destroyed with it."""
    if change.type not in TARGETS:
        return True
    attribute, kind = TARGETS[change.type]
    name = change.before.get(attribute)
    return any(
        each.type == kind and each.action == "delete" and name in (each.before.get(key) for key in _NAMES)
        for each in plan.resources
    )


def unread_policies(change: Change) -> Iterator[str]:
    """Changed attributes that hold a policy somewhere inside, where this review does not look."""
    for name, _, after in change.changed_attributes():
        inside = isinstance(after, str | list | dict) and not _is_text(name, after) and name != "inline_policy"
        text = (after if isinstance(after, str) else json.dumps(after)) if inside else ""
        if '"Effect"' in text.replace("\\", "") and '"Statement"' in text.replace("\\", ""):
            yield name


def _is_text(name: str, value: Any) -> bool:
    if value is None or not isinstance(value, str):
        return False
    if is_named_policy(name):
        return True
    return name not in OTHERS and is_policy(value)


def _at(marks: Any, number: int) -> bool:
    """Whether a block's policy is marked as unknown."""
    if isinstance(marks, list):
        block = marks[number] if number < len(marks) else None
        return block is True or (isinstance(block, dict) and block.get("policy") is True)
    return marks is True


def _permission(attributes: Mapping[str, Any], unknown: Mapping[str, Any]) -> str:
    """A Lambda permission as the statement that it adds to the function's policy (AWS Lambda API, AddPermission)."""
    principal = str(attributes.get("principal"))
    service = "." in principal and not principal.startswith("arn:")
    given = {
        name: attributes.get(name) if attributes.get(name) is not None else UNKNOWN if unknown.get(name) else None
        for name in ("source_arn", "source_account", "principal_org_id", "function_url_auth_type")
    }
    conditions = {
        "ArnLike": {"aws:SourceArn": given["source_arn"]},
        "StringEquals": {
            "aws:SourceAccount": given["source_account"],
            "aws:PrincipalOrgID": given["principal_org_id"],
            "lambda:FunctionUrlAuthType": given["function_url_auth_type"],
        },
    }
    kept = {name: {key: str(value) for key, value in keys.items() if value} for name, keys in conditions.items()}
    statement = {
        "Sid": str(attributes.get("statement_id") or "permission"),
        "Effect": "Allow",
        "Action": str(attributes.get("action")),
        "Principal": "*" if principal == "*" else {"Service" if service else "AWS": principal},
        "Resource": f"{attributes.get('function_name')}:{attributes.get('qualifier') or '$LATEST'}",
        "Condition": {name: keys for name, keys in kept.items() if keys},
    }
    return json.dumps({"Statement": statement})
