"""Least privilege, proved both ways on the calls of this very test run (runs last, see conftest).

No call of ours that the applied policies would refuse, and no action granted that no call used. The policies are read
back from the account that Terraform applied them to, so their references are resolved.
"""

import json
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from toq_localstack.calls.permissions import Permission
from toq_localstack.calls.policies import Grant, allowing, grants

from tests.support.privileges import LENT
from tests.support.privileges.implied import key_permissions

if TYPE_CHECKING:
    from localstack.local_platform.endpoints import Endpoints

pytestmark = [pytest.mark.localstack, pytest.mark.last]
LAMBDA_ROLE = "toq-media-processing-lambda-"
STATES_ROLE = "toq-media-processing-states"
EXCEPTIONS = Path(__file__).parents[1] / "support/privileges/unused.toml"
# LocalStack's Lambda asks for it before it writes; in AWS the group that Terraform made is there, and nothing asks.
NOT_OURS = ("logs:CreateLogGroup",)


@dataclass(frozen=True, slots=True)
class Call:
    """One recorded call of a role of ours."""

    role: str
    operation: str
    permissions: tuple[Permission, ...]


@pytest.fixture(scope="module")
def calls(platform: "Endpoints", outputs: dict[str, Any]) -> list[Call]:
    """Calls made by our roles since the platform started; what LocalStack and the tests called is left out."""
    lines = (Path(platform.logs) / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    return [call for line in lines if (call := recorded(json.loads(line), outputs)) is not None]


@pytest.fixture(scope="module")
def policies(aws: Callable[[str], Any]) -> dict[str, list[Grant]]:
    """Every grant of each of our roles, inline and attached, by role name."""
    iam = aws("iam")
    roles = [role["RoleName"] for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
    return {
        role: [grant for document in documents(iam, role) for grant in grants(document)]
        for role in roles
        if role.startswith((LAMBDA_ROLE, STATES_ROLE))
    }


def recorded(line: dict[str, Any], outputs: dict[str, Any]) -> Call | None:
    caller = line["caller"]
    role = caller.get("role", "").rsplit("/", 1)[-1]
    if app := caller.get("app"):
        role = LAMBDA_ROLE + app.removeprefix("listing-media-")
    operation = f"{line['service']}:{line['operation']}"
    lent = caller.get("session") == LENT
    if lent or not role.startswith((LAMBDA_ROLE, STATES_ROLE)) or operation in NOT_OURS:
        return None
    own = (Permission(each["action"], each["resource"], each.get("context", {})) for each in line["permissions"])
    key = key_permissions(line["service"], line["operation"], outputs["kms_key_arn"], outputs["region"])
    return Call(role, operation, (*own, *key))


def documents(iam: Any, role: str) -> Iterator[dict[str, Any]]:
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        yield iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]


def exceptions() -> dict[str, dict[str, str]]:
    """What no local call can use, with the reason, by role: an action, or a statement's Sid and an action."""
    listed: dict[str, dict[str, str]] = tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))
    return listed


def test_every_role_of_ours_made_calls(calls: list[Call], policies: dict[str, list[Grant]]) -> None:
    assert {call.role for call in calls} == policies.keys()


def test_no_call_needs_what_its_role_is_not_granted(calls: list[Call], policies: dict[str, list[Grant]]) -> None:
    refused = {
        f"{call.role}: {call.operation} needs {permission}"
        for call in calls
        for permission in call.permissions
        if not allowing(policies[call.role], permission)
    }
    assert not refused, "\n".join(sorted(refused))


def test_no_action_is_granted_that_no_call_used(calls: list[Call], policies: dict[str, list[Grant]]) -> None:
    used: dict[str, set[Grant]] = defaultdict(set)
    for call in calls:
        for permission in call.permissions:
            used[call.role].update(allowing(policies[call.role], permission))
    excused = exceptions()
    unused = {
        f"{role}: {grant.sid} grants {grant.action}"
        for role, granted in policies.items()
        for grant in granted
        if grant.effect == "Allow"
        and grant not in used[role]
        and not {grant.action, f"{grant.sid} {grant.action}"} & (excused.get(role, {}).keys() | excused["every role"])
    }
    assert not unused, "\n".join(sorted(unused))


def test_each_exception_is_still_needed(calls: list[Call], policies: dict[str, list[Grant]]) -> None:
    granted = {
        role: {name for grant in each for name in (grant.action, f"{grant.sid} {grant.action}")}
        for role, each in policies.items()
    }
    everywhere = set().union(*granted.values())
    stale = {
        f"{role}: {action}"
        for role, actions in exceptions().items()
        for action in actions
        if action not in (everywhere if role == "every role" else granted[role])
    }
    assert not stale, "\n".join(sorted(stale))
