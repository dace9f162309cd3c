"""What must not come into being unseen: ways in from outside, and standing credentials."""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from operations.plan_review.plan import Change, Plan
from operations.plan_review.rules.protections import any_unknown

RULES = {
    "unencrypted": "what holds data comes into being without a key of TOQ's",
    "exposed": "a way in from outside, or a standing credential, comes into being",
}
# Type, and the attribute that must name a key from the beginning (requirements, 1.1 to 1.3 and 1.9).
KEYS: Final = {
    "aws_sqs_queue": "kms_master_key_id",
    "aws_sns_topic": "kms_master_key_id",
    "aws_secretsmanager_secret": "kms_key_id",
    "aws_cloudwatch_log_group": "kms_key_id",
}
CREDENTIALS: Final = {
    "aws_iam_access_key": "a long-lived key of a user",
    "aws_iam_user_login_profile": "a user's password",
    "aws_iam_service_specific_credential": "a user's password for a service",
    "aws_kms_grant": "a right to use a key, beside its policy",
    "aws_iam_openid_connect_provider": "an identity provider that roles may trust",
    "aws_iam_saml_provider": "an identity provider that roles may trust",
}
WIDEST: Final = 8  # bits: a range of addresses with a shorter prefix is the internet, or most of it
_ANYBODY: Final = ("http://acs.amazonaws.com/groups/global/AllUsers", "AuthenticatedUsers")


def something_is_exposed(change: Change, plan: Plan) -> Iterator[tuple[str, str]]:
    """What is made or changed is open, unencrypted, or a credential."""
    if change.leaves:
        return
    if change.makes and change.type in CREDENTIALS:
        yield "exposed", f"is {CREDENTIALS[change.type]}"
    name = KEYS.get(change.type)
    if name and not change.before and not change.after.get(name) and not any_unknown(change.unknown.get(name)):
        yield "unencrypted", f"{name} is not set"
    judge = _OPENINGS.get(change.type)
    if judge:
        had = set(judge(change.before)) if change.before else set()
        yield from (("exposed", what) for what in judge(change.after) if what not in had)


def _open_ingress(rule: Mapping[str, Any]) -> Iterator[str]:
    for name in ("cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks"):
        listed = rule.get(name)
        for each in listed if isinstance(listed, list) else [listed]:
            if isinstance(each, str) and _is_wide(each):
                yield f"lets in {each}"


def _open_group(group: Mapping[str, Any]) -> Iterator[str]:
    rules = group.get("ingress")
    for rule in rules if isinstance(rules, list) else []:
        if isinstance(rule, Mapping):
            yield from _open_ingress(rule)


def _open_rule(rule: Mapping[str, Any]) -> Iterator[str]:
    if rule.get("type") == "ingress":
        yield from _open_ingress(rule)


def _is_wide(text: str) -> bool:
    try:
        return ipaddress.ip_network(text, strict=False).prefixlen < WIDEST
    except ValueError:
        return False


def _sourceless(permission: Mapping[str, Any]) -> Iterator[str]:
    """A service may call for any account that asks it to (AWS, "The confused deputy problem")."""
    principal = str(permission.get("principal"))
    bound = permission.get("source_arn") or permission.get("source_account")
    if principal.endswith(".amazonaws.com") and "source_arn" in permission and not bound:
        yield f"lets {principal} call for any account"
    if permission.get("function_url_auth_type") == "NONE":
        yield "lets anybody call the function's URL"


def _public_grants(acl: Mapping[str, Any]) -> Iterator[str]:
    text = str(acl.get("access_control_policy") or "")
    yield from (f"grants to {each}" for each in _ANYBODY if each in text)


def _public(instance: Mapping[str, Any]) -> Iterator[str]:
    if instance.get("publicly_accessible") is True:
        yield "is publicly accessible"


def _open_method(method: Mapping[str, Any]) -> Iterator[str]:
    if method.get("authorization") == "NONE" and method.get("api_key_required") is True:
        yield "asks for an API key alone, which identifies nobody"


_OPENINGS: Final[dict[str, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    "aws_vpc_security_group_ingress_rule": _open_ingress,
    "aws_security_group": _open_group,
    "aws_default_security_group": _open_group,
    "aws_security_group_rule": _open_rule,
    "aws_lambda_permission": _sourceless,
    "aws_s3_bucket_acl": _public_grants,
    "aws_db_instance": _public,
    "aws_api_gateway_method": _open_method,
}
