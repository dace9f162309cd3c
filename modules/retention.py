"""What is kept: Terraform's own guard over what holds data, and log groups, encrypted and for a time."""

from cdktf import TerraformResourceLifecycle
from constructs import Construct

from modules import aws
from modules.environments.environment import Environment


def protected(environment: Environment) -> TerraformResourceLifecycle | None:
    """Refuse any plan that destroys or replaces the resource; the local platform's data are for throwing away."""
    return None if environment.local else TerraformResourceLifecycle(prevent_destroy=True)


def log_group(
    scope: Construct, construct_id: str, name: str, environment: Environment, key_arn: str
) -> aws.CloudwatchLogGroup:
    """A log group called `name` that keeps what it holds for as long as the environment says."""
    return aws.CloudwatchLogGroup(
        scope,
        construct_id,
        name=name,
        retention_in_days=environment.log_retention_days,
        kms_key_id=key_arn,
        lifecycle=protected(environment),
    )
