"""Every policy: named statements, no wildcard without a reason, one role per function."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from modules.functions import RECORDS
from tests.support.infrastructure.emitted import IDENTITY_POLICIES, RESOURCE_POLICIES, Terraform
from tests.support.infrastructure.resource_policy import applicable

# Allowed on any resource, because AWS knows none for these actions, or none that exists beforehand.
WITHOUT_RESOURCE = {"WriteTraces", "DeliverLogs", "JoinVpc"}
# Allowed to anybody: the caller's own signature (X-Toq-Signature) is what the backend checks.
FOR_ANYBODY = {"PipelineReachesBackend"}


def documents(stack: Terraform) -> Iterator[tuple[str, Any]]:
    yield from stack.policies(*IDENTITY_POLICIES, *RESOURCE_POLICIES)
    yield from stack.trusts()


def allowing(stack: Terraform) -> Iterator[tuple[str, Any]]:
    for address, policy in documents(stack):
        for statement in policy["Statement"]:
            if statement["Effect"] == "Allow":
                yield f"{address} {statement['Sid']}", statement


def test_every_statement_says_its_intent(stack: Terraform) -> None:
    for address, policy in documents(stack):
        sids = [statement["Sid"] for statement in policy["Statement"]]
        assert len(set(sids)) == len(sids), address
        assert all(re.fullmatch(r"([A-Z][a-z0-9]+){2,}", sid) for sid in sids), sids


def test_no_action_is_allowed_by_wildcard(stack: Terraform) -> None:
    for where, statement in allowing(stack):
        assert not any("*" in action for action in statement["Action"]), where


def test_every_resource_is_allowed_only_where_none_can_be_named(stack: Terraform) -> None:
    for address, policy in stack.policies(*IDENTITY_POLICIES):
        for statement in policy["Statement"]:
            if statement["Resource"] == ["*"]:
                assert statement["Sid"] in WITHOUT_RESOURCE, address


def test_nobody_in_particular_is_allowed_only_what_is_signed_otherwise(stack: Terraform) -> None:
    for _, statement in allowing(stack):
        if statement.get("Principal") == "*":
            assert statement["Sid"] in FOR_ANYBODY
            assert "aws:SourceVpce" in json.dumps(statement["Condition"])


def test_every_use_of_the_key_goes_through_a_service(stack: Terraform) -> None:
    for address, policy in stack.policies(*IDENTITY_POLICIES):
        for statement in policy["Statement"]:
            if any(action.startswith("kms:") for action in statement["Action"]):
                assert list(statement["Condition"]["StringEquals"]) == ["kms:ViaService"], address


def test_every_function_has_a_role_of_its_own(stack: Terraform) -> None:
    roles = {name: function["role"] for name, function in stack.all("aws_lambda_function").items()}
    assert len(set(roles.values())) == len(RECORDS) == len(roles)
    for package in RECORDS:
        role = stack.one(f"aws_iam_role.{package}_role")
        suffix = package.replace("_", "-")
        assert role["name"] == stack.environment.named(f"toq-media-processing-lambda-{suffix}")


def test_only_the_state_machine_passes_a_role_and_only_to_mediaconvert(stack: Terraform) -> None:
    passing = {
        address: statement
        for address, policy in stack.policies(*IDENTITY_POLICIES)
        for statement in policy["Statement"]
        if "iam:PassRole" in statement["Action"]
    }
    [(address, statement)] = passing.items()
    assert address == "aws_iam_role_policy.state_machine_policy"
    assert statement["Resource"] == ["${aws_iam_role.mediaconvert.arn}"]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "mediaconvert.amazonaws.com"}}


def test_queues_topic_and_secret_refuse_plain_http(stack: Terraform) -> None:
    kinds = ("aws_sqs_queue_policy", "aws_sns_topic_policy", "aws_secretsmanager_secret_policy")
    found = list(stack.policies(*kinds))
    assert len(found) == 6
    for address, policy in found:
        assert policy["Statement"][0]["Sid"] == "RefusePlainHttp", address


def test_break_glass_needs_mfa(stack: Terraform) -> None:
    trust = json.loads(stack.one("aws_iam_role.admin")["assume_role_policy"])
    [statement] = trust["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{stack.environment.account_id}:root"}
    assert statement["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}


def test_services_that_assume_roles_do_so_for_this_account_only(stack: Terraform) -> None:
    for name in ("mediaconvert", "state_machine_role"):
        [statement] = json.loads(stack.one(f"aws_iam_role.{name}")["assume_role_policy"])["Statement"]
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": stack.environment.account_id}}


def test_project_media_policy_allows_project_uploads_and_nothing_else(stack: Terraform) -> None:
    [statement] = stack.policy("aws_iam_policy.project_media")["Statement"]
    assert statement["Action"] == ["s3:PutObject", "s3:PutObjectTagging"]
    assert statement["Resource"] == ["${aws_s3_bucket.media.arn}/*/raw/project/*"]
    attached = stack.one("aws_iam_role_policy_attachment.backend_project_media")
    assert attached["role"] == "${aws_iam_role.backend.name}"


def test_backend_may_do_on_the_bucket_what_the_requirements_list(stack: Terraform) -> None:
    statements = stack.policy("aws_iam_role_policy.backend_policy")["Statement"]
    actions = {action for statement in statements for action in statement["Action"] if action.startswith("s3:")}
    required = {"s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:GetObjectAttributes"}
    assert actions == required | {"s3:ListBucket", "s3:PutObjectTagging"}


def test_every_function_tells_a_missing_object_from_a_forbidden_one(stack: Terraform) -> None:
    for package in RECORDS:
        statements = stack.policy(f"aws_iam_role_policy.{package}_policy")["Statement"]
        assert ["s3:ListBucket"] in [statement["Action"] for statement in statements], package


def test_whoever_the_secret_lets_read_it_may_read_it_and_nobody_else(stack: Terraform) -> None:
    refusal = stack.policy("aws_secretsmanager_secret_policy.callback_policy")["Statement"][1]
    spared = set(refusal["Condition"]["ArnNotEquals"]["aws:PrincipalArn"])
    readers = {
        address.removesuffix("_policy").removeprefix("aws_iam_role_policy.")
        for address, policy in stack.policies("aws_iam_role_policy")
        for statement in policy["Statement"]
        if "secretsmanager:GetSecretValue" in statement["Action"]
    }
    roles = stack.all("aws_iam_role")
    named = [(roles.get(name) or roles[f"{name}_role"])["name"] for name in readers]
    assert {f"arn:aws:iam::{stack.environment.account_id}:role/{name}" for name in named} == spared


def test_events_publish_without_a_condition_because_none_would_apply(stack: Terraform) -> None:
    statements = stack.policy("aws_sns_topic_policy.alerts_policy")["Statement"]
    [events] = [each for each in statements if each.get("Principal") == {"Service": "events.amazonaws.com"}]
    assert "Condition" not in events
    [alarms] = [each for each in statements if each.get("Principal") == {"Service": "cloudwatch.amazonaws.com"}]
    assert alarms["Condition"]["StringEquals"] == {"aws:SourceAccount": stack.environment.account_id}


class TestKeyPolicy:
    """A delivery that the key refuses fails in silence, so each is tried here."""

    def allowed(self, stack: Terraform, principal: str, context: dict[str, str]) -> list[str]:
        policy = stack.policy("aws_kms_key.media")
        return applicable(policy, "Allow", principal, "kms:GenerateDataKey", "*", context)

    def test_alarms_reach_the_topic(self, stack: Terraform) -> None:
        context = {
            "aws:SourceAccount": stack.environment.account_id,
            "kms:EncryptionContext:aws:sns:topicArn": topic(stack),
        }
        assert self.allowed(stack, "cloudwatch.amazonaws.com", context) == ["AlarmsEncryptNotifications"]

    def test_events_reach_the_topic_though_they_tell_no_source(self, stack: Terraform) -> None:
        context = {"kms:EncryptionContext:aws:sns:topicArn": topic(stack)}
        assert self.allowed(stack, "events.amazonaws.com", context) == ["EventsEncryptNotifications"]

    @pytest.mark.parametrize("name", ["listing-media-events", "listing-media-events-dlq"])
    def test_events_reach_their_queues(self, stack: Terraform, name: str) -> None:
        queue = stack.environment.arn("sqs", stack.environment.named(name))
        context = {"kms:EncryptionContext:aws:sqs:arn": queue}
        assert self.allowed(stack, "events.amazonaws.com", context) == ["EventsEncryptMessages"]

    def test_another_accounts_topic_does_not_use_our_key(self, stack: Terraform) -> None:
        context = {"kms:EncryptionContext:aws:sns:topicArn": "arn:aws:sns:sa-east-1:999999999999:toq-media-alerts"}
        assert self.allowed(stack, "events.amazonaws.com", context) == []

    def test_log_groups_of_this_account_are_encrypted(self, stack: Terraform) -> None:
        region = stack.environment.region
        for group in stack.all("aws_cloudwatch_log_group").values():
            arn = stack.environment.arn("logs", f"log-group:{group['name']}")
            context = {"kms:EncryptionContext:aws:logs:arn": arn}
            assert self.allowed(stack, f"logs.{region}.amazonaws.com", context) == ["LogsEncryptsLogGroups"]

    def test_roles_of_the_account_use_the_key_through_services_only(self, stack: Terraform) -> None:
        root = f"arn:aws:iam::{stack.environment.account_id}:root"
        caller = {"kms:CallerAccount": stack.environment.account_id}
        via = {**caller, "kms:ViaService": f"s3.{stack.environment.region}.amazonaws.com"}
        assert self.allowed(stack, root, via) == ["AccountUsesKeyThroughServices"]
        assert self.allowed(stack, root, caller) == []


def topic(stack: Terraform) -> str:
    return stack.environment.arn("sns", stack.environment.named("toq-media-alerts"))
