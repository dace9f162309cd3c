"""Which package of ``handlers/`` may import which."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HANDLERS = Path(__file__).resolve().parents[3] / "handlers"
LAYERS = {
    "contract": {"contract"},
    "files": {"contract", "files"},
    "runtime": {"contract", "runtime"},
    "result": {"contract", "files", "runtime", "result"},
}
FUNCTIONS = sorted(path.parent.name for path in HANDLERS.glob("*/handler.py"))

NOT_SHIPPED = {"bench", "conformance", "localstack", "modules", "operations", "tests", "toolchain"}


def imported_packages(source: Path) -> Iterator[str]:
    """Packages beside ``handlers`` itself that a module imports from ours, wherever in it."""
    for node in ast.walk(ast.parse(source.read_bytes())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source} imports relatively"
            # `from handlers import contract` names the package; `from x import y` names it in the module.
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            first, *rest = module.split(".")
            assert first not in {"bench", "conformance", "localstack", "modules", "operations", "tests", "toolchain"}, (
                source
            )
            if first == "handlers":
                yield rest[0]


def test_every_package_is_a_function_or_a_layer() -> None:
    packages = {path.parent.name for path in HANDLERS.glob("*/__init__.py")}
    assert packages == {*FUNCTIONS, *LAYERS}


@pytest.mark.parametrize("package", [*LAYERS, *FUNCTIONS])
def test_a_package_imports_only_what_stands_below_it(package: str) -> None:
    allowed = LAYERS.get(package, {package, *LAYERS})
    for source in (HANDLERS / package).rglob("*.py"):
        assert set(imported_packages(source)) <= allowed, source
