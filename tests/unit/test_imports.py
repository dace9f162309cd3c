"""Which way the folders lean on each other, read from the imports themselves, wherever in a file they stand."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from toolchain.paths import ROOT

PRODUCT = ("handlers", "modules", "operations", "toolchain")


def sources(*folders: str) -> dict[str, Path]:
    """Files by the names of their modules."""
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


def imported(path: Path) -> Iterator[str]:
    """Every name that a file may import; of ``from a import b`` both ``a`` and ``a.b``."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("folder", PRODUCT)
def test_what_is_shipped_imports_nothing_of_the_local_platform(folder: str) -> None:
    found = sources(folder)
    assert found
    for module, path in found.items():
        assert not [name for name in imported(path) if name.partition(".")[0] == "localstack"], module


def test_no_imports_go_in_a_circle() -> None:
    modules = sources(*PRODUCT, "localstack/backend", "localstack/demo", "localstack/local_platform")
    graph = {module: {name for name in imported(path) if name in modules} for module, path in modules.items()}
    TopologicalSorter(graph).prepare()
