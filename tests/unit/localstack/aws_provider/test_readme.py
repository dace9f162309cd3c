"""The README's table of types is whole."""

import re

from localstack.aws_provider import registry
from localstack.aws_provider.schema import SCHEMAS


def test_the_readme_names_every_served_type_and_no_other() -> None:
    text = SCHEMAS.with_name("README.md").read_text()
    named = set(re.findall(r"`(aws_\w+)`", text))
    assert named == {*registry.RESOURCE_TYPES, *registry.DATA_SOURCE_TYPES}
