"""Terraform's own guard over what holds data."""

from cdktf import TerraformResourceLifecycle

from modules.environments.environment import Environment


def protected(environment: Environment) -> TerraformResourceLifecycle | None:
    """Refuse any plan that destroys or replaces the resource; the local platform's data are for throwing away."""
    return None if environment.local else TerraformResourceLifecycle(prevent_destroy=True)
