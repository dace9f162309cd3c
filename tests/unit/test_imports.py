"""Who may import whom: production never runs through the local platform, and nothing imports in a circle."""

from pathlib import Path

import pytest

from tests.support import imports
from tests.support.imports import Import
from tests.support.tree import tracked
from toolchain.paths import ROOT

PRODUCT = {"main", "modules", "handlers", "operations", "toolchain"}
# What constructs may know of the handlers. The settings of a transcoded video stand once: half of them in the job
# template, which is infrastructure, half in each job's request.
SHARED = ("handlers.contract.", "handlers.files.transcode.")


def top(name: str) -> str:
    return name.partition(".")[0]


def into_the_local_platform(found: list[Import]) -> list[str]:
    """Imports of the product that lead into localstack/, ours or LocalStack itself."""
    return [
        str(each)
        for each in found
        if top(each.importer) in PRODUCT
        and (top(each.imported) == "localstack" or (each.path is not None and each.path.parts[0] == "localstack"))
    ]


def beyond_the_contract(found: list[Import]) -> list[str]:
    """Imports of constructs that know more of the handlers than their contract."""
    return [
        str(each)
        for each in found
        if top(each.importer) == "modules"
        and top(each.imported) == "handlers"
        and not f"{each.imported}.".startswith(SHARED)
    ]


def out_of_the_handlers(found: list[Import]) -> list[str]:
    """Imports of handlers that no Lambda's archive would hold."""
    return [
        str(each)
        for each in found
        if top(each.importer) == "handlers" and each.path is not None and top(each.imported) != "handlers"
    ]


@pytest.fixture(scope="module")
def ours() -> list[Import]:
    return imports.read(ROOT, tracked(ROOT, "*.py"))


def test_production_imports_nothing_of_the_local_platform(ours: list[Import]) -> None:
    found = into_the_local_platform(ours)
    assert found == [], "\n".join(found)


def test_constructs_know_the_handlers_by_their_contract_alone(ours: list[Import]) -> None:
    found = beyond_the_contract(ours)
    assert found == [], "\n".join(found)


def test_handlers_import_nothing_of_ours_but_handlers(ours: list[Import]) -> None:
    found = out_of_the_handlers(ours)
    assert found == [], "\n".join(found)


def test_the_auditor_of_chaos_knows_nothing_of_what_it_audits(ours: list[Import]) -> None:
    auditor = "localstack.chaos.auditor"
    within = [each for each in ours if f"{each.importer}.".startswith(f"{auditor}.") and each.path is not None]
    assert within
    found = [str(each) for each in within if not f"{each.imported}.".startswith(f"{auditor}.")]
    assert found == [], "\n".join(found)


def test_no_modules_import_one_another_in_a_circle(ours: list[Import]) -> None:
    found = imports.circle(ours)
    assert found == [], " -> ".join(found)


def planted(root: Path, **files: str) -> list[Import]:
    """Imports of a tree made of files; double underscores in a name stand for slashes."""
    paths = [Path(f"{name.replace('__', '/')}.py") for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return imports.read(root, paths)


@pytest.mark.parametrize(
    "text",
    [
        "import localstack.demo",
        "from localstack import demo",
        "from localstack.demo import *",
        "from localstack.not_there import x",
        "def late():\n    from localstack.demo import x",
        "if TYPE_CHECKING:\n    from localstack.demo import x",
    ],
)
def test_an_import_into_the_local_platform_is_seen(tmp_path: Path, text: str) -> None:
    found = planted(tmp_path, operations__deploy=text, localstack__demo="x = 1", bench__run=text)
    [said] = into_the_local_platform(found)
    assert said.startswith("operations.deploy:")


def test_a_project_within_the_local_platform_is_seen_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "localstack/plugins").mkdir(parents=True)
    (tmp_path / "localstack/plugins/pyproject.toml").touch()
    found = planted(tmp_path, modules__queue="import toq.calls", localstack__plugins__toq__calls="")
    assert into_the_local_platform(found) == ["modules.queue:1 imports toq.calls"]


def test_a_construct_that_reads_a_handler_is_seen(tmp_path: Path) -> None:
    text = "from handlers.contract import names\nfrom handlers import contract, zip\nimport handlers.contractual"
    found = planted(tmp_path, modules__queue=text, handlers__contract__names="", handlers__zip="")
    assert beyond_the_contract(found) == [
        "modules.queue:2 imports handlers.zip",
        "modules.queue:3 imports handlers.contractual",
    ]


def test_a_handler_that_needs_more_than_its_archive_is_seen(tmp_path: Path) -> None:
    text = "import json\nfrom handlers import names\nfrom modules import queue"
    found = planted(tmp_path, handlers__zip=text, handlers__names="", modules__queue="")
    assert out_of_the_handlers(found) == ["handlers.zip:3 imports modules.queue"]


def test_a_circle_is_seen_also_through_lazy_and_relative_imports(tmp_path: Path) -> None:
    found = planted(
        tmp_path,
        a__one="from a.two import x",
        a__two="def late():\n    from . import three",
        a__three="import a.one",
        a__four="from a import one, two, three",
    )
    assert set(imports.circle(found)) == {"a.one", "a.two", "a.three"}


def test_what_only_type_checkers_import_makes_no_circle(tmp_path: Path) -> None:
    typing = "import typing\nif typing.TYPE_CHECKING:\n    from a import one\nelse:\n    one = None"
    assert imports.circle(planted(tmp_path, a__one="from a import two", a__two=typing)) == []
    assert imports.circle(planted(tmp_path, a__one="from a import two", a__two="from a import one")) != []
