"""IAM roles, each with the one policy of its own."""

from collections.abc import Sequence

from constructs import Construct

from modules import aws
from modules.policy import Statement, document


def role_with_policy(
    scope: Construct, construct_id: str, statements: Sequence[Statement], policy_name: str = "own-calls", **role: object
) -> tuple[aws.IamRole, aws.IamRolePolicy]:
    """Build a role and the inline policy that holds all it may do.

    Parameters
    ----------
    construct_id
        Construct id of the role; the policy's is the same with ``_policy`` in place of ``_role`` or at the end.
    role
        Name, description, trust policy and whatever else `aws.IamRole` takes.

    Returns
    -------
    Role and policy: what needs the rights from its first moment on has to depend on the policy.
    """
    built = aws.IamRole(scope, construct_id, **role)
    policy = aws.IamRolePolicy(
        scope,
        f"{construct_id.removesuffix('_role')}_policy",
        name=policy_name,
        role=built.name,
        policy=document(*statements),
    )
    return built, policy
