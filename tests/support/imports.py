"""Imports of Python files, read from their syntax: which module of ours needs which, without running any."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name.

    Parameters
    ----------
    importer
        Dotted name of the module that imports.
    imported
        Dotted name of the module that is imported; as it is written where it is none of ours.
    path
        File of `imported`, relative to the tree; None where it is none of ours.
    typing_only
        Whether it stands under ``if TYPE_CHECKING:``, so that it never happens at run time.
    """

    importer: str
    imported: str
    path: Path | None
    line: int
    typing_only: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def modules(root: Path, files: Iterable[Path]) -> dict[str, Path]:
    """Dotted names of Python files, each relative to the nearest folder above it that has a pyproject.toml."""
    return {_dotted_name(path.relative_to(_project(root, path))): path for path in files}


def read(root: Path, files: Sequence[Path]) -> list[Import]:
    """All imports of these files, lazy ones inside functions included.

    Parameters
    ----------
    files
        Relative to `root`.

    Raises
    ------
    SyntaxError
        A file is no Python.
    """
    ours = modules(root, files)
    return [each for name, path in ours.items() for each in _imports(root, name, path, ours)]


def circle(imports: Iterable[Import]) -> list[str]:
    """Modules that import one another in a circle at run time, in order, the first one again at the end; or none."""
    graph: dict[str, set[str]] = {}
    for each in imports:
        if each.path is not None and not each.typing_only:
            graph.setdefault(each.importer, set()).add(each.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[::-1]
    return []


def _imports(root: Path, name: str, path: Path, ours: Mapping[str, Path]) -> Iterator[Import]:
    tree = ast.parse((root / path).read_text(encoding="utf-8"), str(path))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        for written in _names(node, package):
            imported = _resolve(written, ours)
            yield Import(name, imported, ours.get(imported), node.lineno, id(node) in typing_only)  # type: ignore[attr-defined]


def _names(node: ast.AST, package: str) -> Iterator[str]:
    """Names that a statement imports, absolute, down to what may be a module or something in one."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _resolve(written: str, ours: Mapping[str, Path]) -> str:
    """The module of ours that a name is or is in; else the name."""
    parent = written.rpartition(".")[0]
    return parent if written not in ours and parent in ours else written


def _project(root: Path, path: Path) -> Path:
    return next((folder for folder in path.parents if (root / folder / "pyproject.toml").is_file()), Path())


def _dotted_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
