"""The documents say what is there."""

import ast
import re
from pathlib import Path

import pytest

from modules.environments import config
from modules.workflow import state_machine
from toolchain import diagram

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = (ROOT / "docs/requirements.md").read_text(encoding="utf-8")
ROWS = [line for line in REQUIREMENTS.splitlines() if line.startswith("| ") and "`" in line]
THREATS = [
    line
    for line in (ROOT / "docs/threat-model.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| attack ")
]
NAMED_TEST = re.compile(r"`([\w/]+\.py)::(\w+(?:::\w+)?)`")


def assert_is_there(path: str, test: str) -> None:
    """As pytest finds it: a function of the module, or a method of one of its classes."""
    body: list[ast.stmt] = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    *classes, name = test.split("::")
    for wanted in classes:
        [found] = [each for each in body if isinstance(each, ast.ClassDef) and each.name == wanted]
        body = found.body
    assert name in {each.name for each in body if isinstance(each, ast.FunctionDef)}, f"{path}::{test}"


def test_the_diagram_is_of_this_state_machine() -> None:
    text = diagram.DOCUMENT.read_text(encoding="utf-8")
    wanted = diagram.updated(text, diagram.mermaid(state_machine.readable(config.load("prod"))))
    assert text == wanted, "run python -m toolchain.diagram"


def test_a_document_without_a_place_for_the_diagram_is_named() -> None:
    with pytest.raises(ValueError, match=r"architecture\.md needs the lines"):
        diagram.updated("# Architecture", "stateDiagram-v2")


@pytest.mark.parametrize("section", ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9", "2", "3", "4"])
def test_every_section_of_the_requirements_has_its_rows(section: str) -> None:
    _, _, rest = REQUIREMENTS.partition(f"\n## {section} ")
    rows = [line for line in rest.split("\n## ")[0].splitlines() if line.startswith("| ")]
    assert len(rows) > 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_what_a_row_names_is_there(row: str) -> None:
    _, file, test = [cell.strip() for cell in row.strip("|").split(" | ")]
    for path in re.findall(r"`([\w./]+)`", file):
        assert (ROOT / path).is_file(), path
    [named] = NAMED_TEST.findall(test)
    assert_is_there(*named)


@pytest.mark.parametrize("row", THREATS, ids=lambda row: row.split("|")[1].strip())
def test_every_threat_names_the_tests_that_play_its_attack(row: str) -> None:
    _, _, played = [cell.strip() for cell in row.strip("|").split(" | ")]
    found = NAMED_TEST.findall(played)
    assert found
    for named in found:
        assert_is_there(*named)


def test_every_construct_stands_in_the_architecture() -> None:
    text = diagram.DOCUMENT.read_text(encoding="utf-8")
    about_values = {"__init__", "config", "environment", "policy", "resource_names", "toml_table"}
    paths = [path for path in (ROOT / "modules").rglob("*.py") if path.parent.name != "functions"]
    files = {path.stem for path in paths} - about_values
    assert [file for file in sorted(files) if f"{file}.py" not in text] == []


def test_every_key_of_an_environment_is_explained() -> None:
    text = diagram.DOCUMENT.read_text(encoding="utf-8")
    reading = (ROOT / "modules/environments/config.py").read_text()
    keys = set(re.findall(r"\.(?:text|texts|flag|choice|number|table|optional_\w+)\(\s*\"(\w+)\"", reading))
    assert len(keys) > 20
    assert [key for key in sorted(keys) if f"`{key}`" not in text and f"[{key}" not in text] == []


def test_the_runbook_names_every_endpoint_that_the_functions_need_without_nat() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "handlers").rglob("*.py"))
    called = set(re.findall(r'boto3\.client\(\s*"(\w+)"|(SecretsProvider)\(', sources))
    names = {"stepfunctions": "states", "SecretsProvider": "secretsmanager"}
    endpoints = {names.get(client or provider, client) for client, provider in called}
    section = (ROOT / "docs/runbook.md").read_text().partition("### Functions in a VPC without NAT")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == endpoints
