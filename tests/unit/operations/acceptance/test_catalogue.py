"""The list of checks, and what docs/decisions.md says they will prove."""

import re

from operations.acceptance.catalogue import CHECKS
from toolchain.paths import ROOT

NAMES = {check.name: check for check in CHECKS}


def unproved() -> dict[str, list[str]]:
    """Names of checks by line of the table of what is still unproved."""
    _, _, section = (ROOT / "docs/decisions.md").read_text(encoding="utf-8").partition("| still unproved |")
    rows = [row.strip("|").split("|") for row in section.splitlines() if row.startswith("| ")]
    return {row[0].strip(): re.findall(r"`([a-z0-9-]+)`", row[-1]) for row in rows}


def test_every_check_has_a_name_of_its_own() -> None:
    assert len(NAMES) == len(CHECKS)


def test_each_line_that_is_unproved_names_a_check_that_an_account_shows_by() -> None:
    lines = unproved()
    assert len(lines) > 10
    for line, checks in lines.items():
        assert checks, line
        for name in checks:
            assert NAMES[name].only_aws or NAMES[name].aws_shows, name


def test_each_check_that_only_an_account_shows_stands_in_the_table() -> None:
    named = {name for checks in unproved().values() for name in checks}
    assert {check.name for check in CHECKS if check.only_aws or check.aws_shows} == named
