"""The policies that stand in the emulated account, read from LocalStack's own memory: a gateway cannot call itself."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from localstack.aws.api.sqs import QueueAttributeName
from localstack.services.lambda_.invocation.models import lambda_stores
from localstack.services.s3.models import s3_stores
from localstack.services.sqs.models import sqs_stores
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends

from toq_localstack.calls.policies import Grant, grants, refusals


def identity_grants(role_arn: str) -> list[Grant] | None:
    """What a role's inline and attached policies say; None for a role that is not there."""
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    roles = {role.name: role for role in iam_backends[account]["aws"].roles.values()}
    if name not in roles:
        return None
    managed = roles[name].managed_policies.values()
    texts = [
        *roles[name].policies.values(),
        *(
            version.document
            for each in managed
            for version in each.versions
            if version.version_id == each.default_version_id
        ),
    ]
    return [grant for text in texts for grant in _grants(_text(text))]


def resource_refusals(arn: str, account: str, region: str) -> list[Grant]:
    """What the policy of a bucket, a queue or a secret refuses to everyone; nothing for other resources."""
    return [grant for text in _resource_policies(arn, account, region) for grant in _refusals(_text(text))]


def function_role(name: str, account: str, region: str) -> str | None:
    """ARN of the role of a Lambda function; None when there is no such function."""
    function = lambda_stores[account][region].functions.get(name)
    return str(function.latest().config.role) if function else None


def _resource_policies(arn: str, account: str, region: str) -> Iterator[Any]:
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    if service == "s3":
        bucket = s3_stores[account][region].buckets.get(resource.split("/")[0])
        policies = [bucket.policy if bucket else None]
    elif service == "sqs":
        queue = sqs_stores[account][region].queues.get(resource)
        policies = [queue.attributes.get(QueueAttributeName.Policy) if queue else None]
    elif service == "secretsmanager":
        secrets = secretsmanager_backends[account][region].secrets.values()
        policies = [getattr(secret, "policy", None) for secret in secrets if secret.arn == arn]
    else:
        policies = []
    yield from filter(None, policies)


def _text(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)


@cache
def _grants(text: str) -> tuple[Grant, ...]:
    return tuple(grants(json.loads(text)))


@cache
def _refusals(text: str) -> tuple[Grant, ...]:
    return tuple(refusals(json.loads(text)))
