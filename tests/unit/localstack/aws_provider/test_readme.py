"""The README's table of types is whole."""

import re

from toolchain.paths import ROOT
from toq_aws_provider import registry


def test_the_readme_names_every_served_type_and_no_other() -> None:
    text = (ROOT / "localstack/aws_provider/README.md").read_text()
    named = set(re.findall(r"`(aws_\w+)`", text))
    assert named == {*registry.RESOURCE_TYPES, *registry.DATA_SOURCE_TYPES}
