"""docs/chaos.md names every rule of the audit."""

import re

from localstack.chaos.auditor.rules import RULES
from toolchain.paths import ROOT


def test_every_rule_is_explained_and_no_other() -> None:
    text = (ROOT / "docs/chaos.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)) == RULES.keys()
