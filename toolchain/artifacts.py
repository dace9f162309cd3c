"""Lambda code as files: one ZIP per function and one layer with their dependencies, the same bytes for the same input.

``python -m toolchain.artifacts [--architecture arm64|x86_64]`` writes ``build/artifacts/listing-media-*.zip`` and
``build/artifacts/layer-{architecture}.zip``. Order, times and modes inside are fixed, so Terraform's
``source_code_hash`` changes with the code and with nothing else. What has not changed is not built again.

Modules are compiled ahead ("unchecked-hash" files of PEP 552): Lambda's file system is read-only, so Python would
compile each module again in every cold start, about half of the import time of Powertools and Pillow.
"""

import argparse
import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from handlers.contract.names import function_name
from toolchain.errors import SetupError
from toolchain.interpreters import find_uv
from toolchain.paths import ROOT

ARCHITECTURES: Final = {
    # python3.12 runs on Amazon Linux 2023 with glibc 2.34 (AWS "Lambda runtimes"); 2.28 is the newest tag that most
    # wheels carry.
    "arm64": "aarch64-manylinux_2_28",
    "x86_64": "x86_64-manylinux_2_28",
}
PYTHON: Final = (3, 12)  # of the Lambda runtime: byte code and extension modules are bound to it
LAYER_GROUP: Final = "handlers"  # dependency group in pyproject.toml
MAX_LAYER_BYTES: Final = 50_000_000  # unzipped; our own budget, AWS allows 250 MB for function and layers together

# What no handler can reach. Paths of the layer, as `Path.match` patterns.
_PRUNED: Final = (
    "bin",
    "tests",
    "*.pyi",
    "py.typed",
    "PIL/ImageTk.py",  # windows on a screen
    "PIL/ImageQt.py",
    "PIL/ImageGrab.py",
    "PIL/_tkinter_finder.py",
    "PIL/_imagingtk.*.so",
    "PIL/_imagingft.*.so",  # text on images; takes its three libraries along
    "pillow.libs/libfreetype-*",
    "pillow.libs/libharfbuzz-*",
    "pillow.libs/libbrotli*",
    "aws_lambda_powertools/event_handler",  # a web framework; nothing of ours is routed
    "aws_lambda_powertools/utilities/parser",  # of no use without pydantic
    "aws_lambda_powertools/utilities/kafka",  # of no use without its serialisers
    "aws_lambda_powertools/utilities/data_masking",  # of no use without the encryption SDK
)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the oldest time a ZIP can hold


class ArtifactError(SetupError):
    """An artifact cannot be built; the message is one line that names the cause and the remedy."""


def build(root: Path, architecture: str = "arm64", out: Path | None = None) -> dict[str, Path]:
    """Bring all artifacts up to date.

    Parameters
    ----------
    root
        Repository: holds ``handlers/``, ``pyproject.toml`` and ``uv.lock``.
    architecture
        Key of `ARCHITECTURES`; of the layer, the functions themselves are pure Python.
    out
        Folder of the results, ``root/build/artifacts`` unless given.

    Returns
    -------
    Path of each ZIP by its name without suffix: ``listing-media-zip``, ..., ``layer-arm64``.

    Raises
    ------
    ArtifactError
        Unknown architecture, another Python than Lambda's, no uv, or no package index within reach.
    """
    if architecture not in ARCHITECTURES:
        raise ArtifactError(f"architecture {architecture!r} is none of {', '.join(ARCHITECTURES)}")
    if sys.version_info[:2] != PYTHON:
        raise ArtifactError(
            f"artifacts hold Python 3.12 byte code, not {sys.version.split()[0]}'s; use .venv/bin/python"
        )
    out = out or root / "build" / "artifacts"
    out.mkdir(parents=True, exist_ok=True)
    built = _build_functions(root, out)
    layer = f"layer-{architecture}"
    built[layer] = _build_layer(root, architecture, out / f"{layer}.zip")
    return built


def function_names(root: Path) -> dict[str, str]:
    """Each function's name, such as ``listing-media-zip``, to its package; every ``handlers/*/handler.py`` is one."""
    packages = sorted(path.parent.name for path in (root / "handlers").glob("*/handler.py"))
    return {function_name(package): package for package in packages}


def function_sources(root: Path, package: str) -> list[Path]:
    """Files of the ZIP of the function in ``handlers/{package}``, sorted, relative to ``root``.

    Its handler, each module of ``handlers/`` that one of these imports, wherever in it, and the packages on the way.
    An edit so changes only the functions that can reach it.
    """
    waiting, found = [f"handlers.{package}.handler"], set[Path]()
    while waiting:
        path = _source(root, waiting.pop())
        if path is None or path in found:
            continue
        packages = (folder / "__init__.py" for folder in path.parents if folder.is_relative_to(root / "handlers"))
        for file in (path, *(file for file in packages if file.is_file())):
            if file not in found:
                found.add(file)
                waiting += _imported_modules(file)
    return sorted(path.relative_to(root) for path in found)


def _source(root: Path, module: str) -> Path | None:
    """File of a module of ``handlers``; None for what is none, such as a function imported from one."""
    path = root.joinpath(*module.split("."))
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def unzipped_size(archive: Path) -> int:
    """Bytes that an artifact takes once Lambda has unpacked it."""
    with zipfile.ZipFile(archive) as opened:
        return sum(entry.file_size for entry in opened.infolist())


def _imported_modules(source: Path) -> Iterator[str]:
    """Names under ``handlers`` that a module imports, wherever in it: modules, and what may be a module's content."""
    try:
        tree = ast.parse(source.read_bytes(), str(source))
    except SyntaxError as error:
        raise ArtifactError(f"{source}, line {error.lineno}, does not compile: {error.msg}") from error
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from (name for name in names if name.split(".")[0] == "handlers")


def _build_functions(root: Path, out: Path) -> dict[str, Path]:
    functions = function_names(root)
    targets = {name: out / f"{name}.zip" for name in functions}
    digests: dict[str, str] = {}
    with tempfile.TemporaryDirectory(dir=out, prefix=".building-") as scratch:
        for name, package in functions.items():
            sources = function_sources(root, package)
            digest = _digest(*(part for path in sources for part in (str(path).encode(), (root / path).read_bytes())))
            if not _unchanged(targets[name], digest):
                digests[name] = digest
                _copy(root, sources, Path(scratch) / name)
        if digests:
            _compile(Path(scratch), "/var/task")
        for name, digest in digests.items():
            _write_zip(Path(scratch) / name, targets[name])
            _remember(targets[name], digest)
    return targets


def _copy(root: Path, sources: list[Path], tree: Path) -> None:
    for path in sources:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, tree / path)


def _build_layer(root: Path, architecture: str, target: Path) -> Path:
    try:
        groups = tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]
        lock = (root / "uv.lock").read_bytes()
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise ArtifactError(f"{root}: needs pyproject.toml with dependency groups and uv.lock ({error})") from error
    digest = _digest(architecture.encode(), json.dumps(groups.get(LAYER_GROUP)).encode(), lock)
    if _unchanged(target, digest):
        return target
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as scratch:
        wanted, tree = Path(scratch) / "requirements.txt", Path(scratch) / "tree"
        _uv(root, "export", "--frozen", "--only-group", LAYER_GROUP, "--no-emit-project", "-o", str(wanted))
        _uv(
            root, "pip", "install", "--target", str(tree / "python"), "--requirement", str(wanted), "--require-hashes",
            "--no-deps", "--only-binary", ":all:", "--python-platform", ARCHITECTURES[architecture],
            "--python", sys.executable, "--python-version", "3.12", "--no-compile-bytecode",
        )  # fmt: skip
        _prune(tree / "python")
        _compile(tree, "/opt")
        _write_zip(tree, target)
    _remember(target, digest)
    return target


def _uv(root: Path, *arguments: str) -> None:
    uv = find_uv()
    try:
        done = subprocess.run(
            [uv, *arguments, "--quiet", "--project", str(root)], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ArtifactError(
            f"uv is not there ({uv}; set UV, or have it on the PATH): run `pip install uv` or `make tools`"
        ) from error
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise ArtifactError(
            f"uv could not {'export the lock file' if arguments[0] == 'export' else 'fetch the wheels of the layer'}: "
            f"{reason[:500]}; is the package index within reach (UV_INDEX_URL, network) and uv.lock up to date?"
        )


def _prune(site: Path) -> None:
    """Remove what the handlers never import; of ``*.dist-info`` METADATA stays, importlib.metadata reads it."""
    for path in sorted(site.rglob("*"), reverse=True):
        unused = any(path.match(pattern) for pattern in _PRUNED)
        if unused or (path.parent.suffix == ".dist-info" and path.name != "METADATA"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _compile(tree: Path, mounted: str) -> None:
    """Compile in a process of its own with a fixed hash seed: byte code must not depend on what ran before."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "compileall", "-q", "-f", "-j", "1", "--invalidation-mode",
         "unchecked-hash", "-s", str(tree), "-p", mounted, str(tree)],
        env={"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", "")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ArtifactError(f"a module does not compile: {' '.join((done.stdout + done.stderr).split())[:500]}")


def _write_zip(tree: Path, target: Path) -> None:
    scratch = tree.parent / target.name
    with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        files = (path for path in tree.rglob("*") if path.is_file())
        for path in sorted(files, key=lambda file: file.relative_to(tree).as_posix()):
            entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), _EPOCH)
            entry.external_attr = 0o100644 << 16  # Lambda runs as another user than the one who built: readable by all
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    scratch.replace(target)  # at once: two builds side by side never show half a file


def _stamp(target: Path) -> Path:
    return target.with_name(f".{target.name}.inputs")


def _remember(target: Path, digest: str) -> None:
    """Note what a ZIP was made from, beside it: inside, it would change the ZIP where the content did not change."""
    _stamp(target).write_text(f"{digest} {target.stat().st_size}\n")


def _unchanged(target: Path, digest: str) -> bool:
    try:
        return _stamp(target).read_text() == f"{digest} {target.stat().st_size}\n"
    except OSError:
        return False


def _digest(*parts: bytes) -> str:
    """Digest of an artifact's inputs; this file is one of them, it says how the artifact is made."""
    digest = hashlib.sha256()
    for part in (Path(__file__).read_bytes(), *parts):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Build from the command line; prints one line per artifact unless told to be quiet; 2 on bad input."""
    parser = argparse.ArgumentParser(prog="python -m toolchain.artifacts", description="Build the Lambdas' ZIPs.")
    parser.add_argument("--architecture", choices=list(ARCHITECTURES), default="arm64")
    parser.add_argument("--quiet", action="store_true", help="only say what fails")
    chosen = parser.parse_args(arguments)
    try:
        built = build(ROOT, chosen.architecture)
    except SetupError as error:
        print(f"artifacts: {error}", file=sys.stderr)
        return 2
    for path in () if chosen.quiet else built.values():
        print(f"{path.name:<40} {path.stat().st_size:>10,} bytes {unzipped_size(path):>11,} unzipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
