"""Answers AccessDenied where the applied policies refuse a role its call; LocalStack itself evaluates none.

Who works with long-lived keys (the platform's own tools, Terraform, tests) is let through, and what a service does in
its own name. Not seen: what a service does with a KMS key on the caller's behalf, grants of a resource's policy to
another account, and TLS, which loopback does without.
"""

from collections.abc import Iterable
from typing import Any, Final

from localstack.aws.api import CommonServiceException, RequestContext
from rolo import Response
from rolo.gateway import HandlerChain

from toq_localstack.calls.applied import function_role, identity_grants, resource_refusals
from toq_localstack.calls.callers import Caller, Sessions
from toq_localstack.calls.permissions import Permission, Place, TagsOf, permissions
from toq_localstack.calls.policies import Grant, allowing

# "GetCallerIdentity: No permissions are required"; LocalStack's Lambda makes the log group that Terraform makes in AWS.
UNASKED: Final = {("sts", "GetCallerIdentity"), ("logs", "CreateLogGroup")}
_XML: Final = ("query", "ec2", "rest-xml")


class PolicyEnforcer:
    """A request handler of the gateway.

    Parameters
    ----------
    sessions
        Knows the roles behind temporary keys; it learns from answered calls.
    tags_of
        Tags of the resource with an ARN.
    """

    def __init__(self, sessions: Sessions, tags_of: TagsOf) -> None:
        self._sessions = sessions
        self._tags_of = tags_of

    def __call__(self, chain: HandlerChain[Any], context: RequestContext, response: Response) -> None:
        """Let the call pass, or refuse it.

        Raises
        ------
        CommonServiceException
            Access denied, as IAM words it; names the caller, the action and the resource.
        """
        if context.service is None or context.operation is None or context.service_operation in UNASKED:
            return
        caller = self._sessions.caller(context)
        role = self._role(caller, context)
        granted = identity_grants(role) if role else None
        if role is None or granted is None:
            return
        service = context.service.service_name
        place = Place(context.partition, context.region, context.account_id)
        request = context.service_request or {}
        for permission in permissions(service, context.operation.name, request, place, self._tags_of):
            if reason := refusal(permission.of(role), granted, _refused(permission, context)):
                code = "AccessDenied" if context.protocol in _XML else "AccessDeniedException"
                message = f"User: {role} is not authorized to perform: {permission.action} on resource: "
                raise CommonServiceException(
                    code, f"{message}{permission.resource} {reason}", status_code=403, sender_fault=True
                )

    def _role(self, caller: Caller, context: RequestContext) -> str | None:
        if caller.role:
            return caller.role
        return function_role(caller.app, context.account_id, context.region) if caller.app else None


def refusal(permission: Permission, granted: Iterable[Grant], refused: Iterable[Grant]) -> str | None:
    """Why a call is denied, in IAM's words ("Troubleshoot access denied error messages"); None when it is not.

    Parameters
    ----------
    granted
        The caller's identity policies.
    refused
        Deny statements of the resource's own policy.
    """
    if any(grant.covers(permission) for grant in refused):
        return "with an explicit deny in a resource-based policy"
    if any(grant.effect == "Deny" and grant.covers(permission) for grant in granted):
        return "with an explicit deny in an identity-based policy"
    if not allowing(granted, permission):
        return f"because no identity-based policy allows the {permission.action} action"
    return None


def _refused(permission: Permission, context: RequestContext) -> list[Grant]:
    if not permission.resource.startswith("arn:"):
        return []
    return resource_refusals(permission.resource, context.account_id, context.region)
