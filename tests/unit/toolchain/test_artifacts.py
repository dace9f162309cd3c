"""Lambda ZIPs and their layer: reproducible, small, complete."""

import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain import artifacts

ROOT = Path(__file__).resolve().parents[3]
FUNCTIONS = artifacts.function_names(ROOT)

# What the handlers use of the layer, run where nothing but the layer can be imported.
USE_OF_THE_LAYER = """
import importlib.metadata, io
from PIL import Image, ImageCms, ImageDraw, ImageOps, features
import aws_lambda_powertools.logging, aws_lambda_powertools.utilities.batch, aws_lambda_powertools.metrics
import fastjsonschema, pillow_heif
pillow_heif.register_heif_opener()
for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"):
    written = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(written, kind)
    assert Image.open(written).convert("RGB").size == (64, 48), kind
assert importlib.metadata.version("pillow"), "dist-info is gone"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small repository with the shape of ours."""
    root = tmp_path / "project"
    for package in ("contract", *FUNCTIONS.values()):
        folder = root / "handlers" / package
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        if package in FUNCTIONS.values():
            (folder / "handler.py").touch()
    (root / "handlers" / "__init__.py").touch()
    (root / "handlers" / "zip" / "handler.py").write_text(
        "def handler(event, context):\n    return {'a', 'b'} == event\n"
    )
    (root / "pyproject.toml").write_text('[dependency-groups]\nhandlers = ["pillow"]\n')
    (root / "uv.lock").write_text("version = 1\n")
    return root


@pytest.fixture
def fake_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A uv that notes its calls and installs a package with everything that pruning removes."""
    script = tmp_path / "uv"
    script.write_text(
        f"""#!{sys.executable}
import pathlib, sys
log = pathlib.Path({str(tmp_path / "uv.log")!r})
log.write_text((log.read_text() if log.exists() else "") + sys.argv[1] + "\\n")
if sys.argv[1] == "pip":
    site = pathlib.Path(sys.argv[sys.argv.index("--target") + 1])
    for name in ("PIL/Image.py", "PIL/ImageTk.py", "PIL/tests/test_it.py", "bin/tool", "pillow-1.dist-info/METADATA",
                 "pillow-1.dist-info/RECORD", "pillow-1.dist-info/licenses/LICENSE", "PIL/_imaging.pyi"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("")
"""
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("UV", str(script))
    return tmp_path / "uv.log"


def content(paths: dict[str, Path]) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in paths.items()}


def names(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as opened:
        return set(opened.namelist())


def test_two_builds_give_the_same_bytes(project: Path, fake_uv: Path, tmp_path: Path) -> None:
    first = content(artifacts.build(project, "arm64", tmp_path / "first"))
    for path in project.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    assert content(artifacts.build(project, "arm64", tmp_path / "second")) == first
    assert set(first) == {*FUNCTIONS, "layer-arm64"}


def test_a_second_build_touches_nothing(project: Path, fake_uv: Path) -> None:
    first = {path: path.stat().st_mtime_ns for path in artifacts.build(project).values()}
    calls = fake_uv.read_text()
    assert {path: path.stat().st_mtime_ns for path in artifacts.build(project).values()} == first
    assert fake_uv.read_text() == calls


def test_a_changed_handler_changes_its_zip_alone(project: Path, fake_uv: Path) -> None:
    before = content(artifacts.build(project))
    (project / "handlers" / "zip" / "handler.py").write_text("def handler(event, context):\n    return None\n")
    after = content(artifacts.build(project))
    assert {name for name in before if before[name] != after[name]} == {"listing-media-zip"}


def test_a_changed_lock_file_fetches_the_layer_again_and_keeps_its_bytes(project: Path, fake_uv: Path) -> None:
    before = content(artifacts.build(project))
    (project / "uv.lock").write_text("version = 1\nrevision = 2\n")
    assert content(artifacts.build(project)) == before
    assert fake_uv.read_text().count("pip") == 2


def test_a_damaged_artifact_is_built_again(project: Path, fake_uv: Path) -> None:
    archive = artifacts.build(project)["listing-media-zip"]
    whole = archive.read_bytes()
    archive.write_bytes(whole[:100])
    artifacts.build(project)
    assert archive.read_bytes() == whole


def test_every_folder_with_a_handler_is_a_function(project: Path) -> None:
    assert FUNCTIONS["listing-media-callback-dispatch"] == "callback_dispatch"
    assert not {"contract", "files", "runtime", "result"} & set(FUNCTIONS.values())
    assert artifacts.function_names(project) == FUNCTIONS


def test_a_function_carries_what_it_imports_and_what_that_imports(project: Path, fake_uv: Path) -> None:
    handlers = project / "handlers"
    (handlers / "reconcile" / "handler.py").write_text("def f():\n    from handlers.contract import keys, names\n")
    (handlers / "contract" / "keys.py").write_text("import json\nimport handlers.contract.errors\n")
    for module in ("names", "errors", "request"):
        (handlers / "contract" / f"{module}.py").touch()
    (handlers / "contract" / "notes.txt").touch()
    built = artifacts.build(project)
    sources = {name for name in names(built["listing-media-reconcile"]) if not name.endswith(".pyc")}
    modules = ("__init__", "contract/__init__", "contract/errors", "contract/keys", "contract/names")
    assert sources == {f"handlers/{module}.py" for module in (*modules, "reconcile/__init__", "reconcile/handler")}


def test_what_lies_beside_the_code_is_in_no_artifact(project: Path, fake_uv: Path) -> None:
    for path in ("start/credentials.json", "start/.env", "start/notes.py.orig", "contract/key.pem", "secrets.toml"):
        (project / "handlers" / path).write_text("AKIAIOSFODNN7EXAMPLE")
    for name, archive in artifacts.build(project).items():
        if name in FUNCTIONS:
            assert {Path(inside).suffix for inside in names(archive)} == {".py", ".pyc"}, name


def test_a_checkout_with_windows_line_ends_gives_the_same_sources(tmp_path: Path) -> None:
    """Git's ``core.autocrlf`` would write CRLF into the sources, and so into the artifacts and their hashes."""
    kinds = ["handlers/zip/handler.py", "uv.lock", "pyproject.toml", "migrations/1.sql", "golden/prod.tf.json"]
    written = b"first\nsecond\n"

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@t.invalid", "-c", "core.autocrlf=true")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    shutil.copyfile(ROOT / ".gitattributes", tmp_path / ".gitattributes")
    for kind in kinds:
        (tmp_path / kind).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / kind).write_bytes(written)
    git("add", "--all")
    git("commit", "--message", "as on Linux")
    for kind in kinds:
        (tmp_path / kind).unlink()
    git("checkout", "--", ".")
    assert {kind: (tmp_path / kind).read_bytes() for kind in kinds} == dict.fromkeys(kinds, written)


def test_what_a_package_imports_by_itself_comes_along(project: Path) -> None:
    (project / "handlers" / "zip" / "handler.py").write_text("from handlers.contract.keys import MediaKey\n")
    (project / "handlers" / "contract" / "keys.py").write_text("MediaKey = str\n")
    (project / "handlers" / "contract" / "__init__.py").write_text("from handlers.contract import names\n")
    (project / "handlers" / "contract" / "names.py").touch()
    assert Path("handlers/contract/names.py") in artifacts.function_sources(project, "zip")


@pytest.mark.parametrize("package", FUNCTIONS.values())
def test_every_module_of_a_real_function_finds_what_it_imports(package: str, tmp_path: Path) -> None:
    sources = artifacts.function_sources(ROOT, package)
    for path in sources:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tmp_path / path)
    modules = [".".join(path.with_suffix("").parts) for path in sources if path.name != "__init__.py"]
    command = [sys.executable, "-c", f"import {', '.join(modules)}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def reached_from(module: str) -> set[str]:
    """Packages of the functions that an edit of a module of ours redeploys."""
    path = Path("handlers", *module.split(".")).with_suffix(".py")
    assert (ROOT / path).is_file()
    return {package for package in FUNCTIONS.values() if path in artifacts.function_sources(ROOT, package)}


@pytest.mark.parametrize(
    ("module", "functions"),
    [
        ("thumbnails.colour", {"thumbnails"}),
        ("zip.layout", {"zip"}),
        ("files.isobmff", {"validate", "finalize", "reconcile", "zip"}),
        ("contract.callback_body", {"validate", "finalize", "reconcile"}),
        ("result.batch_result", {"finalize", "reconcile"}),
        ("contract.errors", set(FUNCTIONS.values())),
    ],
)
def test_an_edit_redeploys_the_functions_that_can_reach_it(module: str, functions: set[str]) -> None:
    assert reached_from(module) == functions


def test_an_edited_module_changes_the_zips_of_its_functions_alone(project: Path, fake_uv: Path) -> None:
    shutil.rmtree(project / "handlers")
    shutil.copytree(ROOT / "handlers", project / "handlers", ignore=shutil.ignore_patterns("__pycache__"))
    before = content(artifacts.build(project))
    with (project / "handlers/thumbnails/colour.py").open("a") as colour:
        colour.write("EDITED = True\n")
    after = content(artifacts.build(project))
    assert {name for name in before if before[name] != after[name]} == {"listing-media-thumbnails"}


def test_byte_code_comes_along_and_is_used_without_a_check(project: Path, fake_uv: Path, tmp_path: Path) -> None:
    archive = artifacts.build(project)["listing-media-zip"]
    shutil.unpack_archive(archive, tmp_path / "task")
    (tmp_path / "task" / "handlers" / "zip" / "handler.py").write_text("raise RuntimeError('compiled again')\n")
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import handlers.zip.handler"],
        cwd=tmp_path / "task",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_layer_leaves_out_what_no_handler_reaches(project: Path, fake_uv: Path) -> None:
    inside = names(artifacts.build(project)["layer-arm64"])
    assert {name for name in inside if not name.endswith(".pyc")} == {
        "python/PIL/Image.py",
        "python/pillow-1.dist-info/METADATA",
    }


def test_the_real_layer_works_alone_and_fits_its_budget(tmp_path: Path) -> None:
    """The x86_64 layer, as the local platform uses it, on this interpreter with nothing else to import."""
    layer = artifacts.build(ROOT, "x86_64", tmp_path)["layer-x86_64"]
    assert artifacts.unzipped_size(layer) <= artifacts.MAX_LAYER_BYTES
    shutil.unpack_archive(layer, tmp_path / "opt")
    done = subprocess.run(
        [sys.executable, "-S", "-c", USE_OF_THE_LAYER],
        env={"PYTHONPATH": str(tmp_path / "opt" / "python")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("break_it", "complaint"),
    [
        (lambda root, patch: patch.setenv("UV", "/nowhere/uv"), "uv is not there"),
        (lambda root, patch: patch.setenv("UV", "/bin/false"), "uv could not export the lock file: exit code 1"),
        (lambda root, patch: (root / "uv.lock").unlink(), "uv.lock"),
        (lambda root, patch: (root / "pyproject.toml").write_text("not toml"), "pyproject.toml"),
        (
            lambda root, patch: (root / "handlers/zip/handler.py").write_text("def ("),
            "zip/handler.py, line 1, does not",
        ),
        (lambda root, patch: (root / "handlers/zip/handler.py").write_text("return 1"), "a module does not compile"),
        (lambda root, patch: patch.setattr(artifacts, "PYTHON", (3, 99)), "use .venv/bin/python"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    project: Path,
    fake_uv: Path,
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[[Path, pytest.MonkeyPatch], object],
    complaint: str,
) -> None:
    break_it(project, monkeypatch)
    with pytest.raises(artifacts.ArtifactError, match=complaint) as raised:
        artifacts.build(project)
    assert "\n" not in str(raised.value)


def test_an_index_out_of_reach_is_named(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "uv"
    script.write_text("#!/bin/sh\n[ $1 = export ] && exit 0\necho 'error: no\nroute' >&2; exit 2\n")
    script.chmod(0o755)
    monkeypatch.setenv("UV", str(script))
    with pytest.raises(
        artifacts.ArtifactError, match="fetch the wheels of the layer: error: no route; is the package index"
    ):
        artifacts.build(project)


def test_an_unknown_architecture_is_refused(project: Path) -> None:
    with pytest.raises(artifacts.ArtifactError, match="'riscv' is none of arm64, x86_64"):
        artifacts.build(project, "riscv")


def test_the_command_lists_what_it_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    archive = tmp_path / "layer-x86_64.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("a", b"12345")
    monkeypatch.setattr(artifacts, "build", lambda root, architecture: {"layer-x86_64": archive})
    assert artifacts.main(["--architecture", "x86_64"]) == 0
    name, _, _, unzipped, _ = capsys.readouterr().out.split()
    assert (name, unzipped) == ("layer-x86_64.zip", "5")
    assert artifacts.main(["--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_the_command_fails_with_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(root: Path, architecture: str) -> None:
        raise artifacts.ArtifactError("uv is not there")

    monkeypatch.setattr(artifacts, "build", fail)
    assert artifacts.main([]) == 2
    assert capsys.readouterr().err == "artifacts: uv is not there\n"
