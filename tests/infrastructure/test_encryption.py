"""The key as the requirements describe it (section 1.2)."""

from tests.support.infrastructure.emitted import Terraform


def test_key_rotates_every_twelve_months_under_the_required_alias(stack: Terraform) -> None:
    key = stack.one("aws_kms_key.media")
    assert (key["enable_key_rotation"], key["rotation_period_in_days"]) == (True, 365)
    assert stack.one("aws_kms_alias.media_alias")["name"] == stack.environment.named("alias/toq-media-processing")
