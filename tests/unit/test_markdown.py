"""Every file, command, module and test that a Markdown file names is there."""

from pathlib import Path

import pytest

from tests.support.markdown import Repository
from tests.support.tree import tracked
from toolchain.paths import ROOT


def test_what_the_documents_name_is_there() -> None:
    found = Repository(ROOT, tracked(ROOT)).faults()
    assert found == [], "\n".join(found)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with one document, still empty."""
    texts = {
        "Makefile": "up: tools ## Start\n\ttrue\nNAME := x\n",
        "docs/guide.md": "",
        "docs/other.md": "# Other things\n\n## It's `here`\n\n```sh\n# no heading\n```\n",
        "shop/till.py": "",
        "shop/__main__.py": "",
        "shop/stock/apples.toml": "",
        "tests/test_till.py": "def test_it_opens() -> None:\n    pass\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Repository(tmp_path, [Path(name) for name in texts])


def faults(repository: Repository, text: str) -> list[str]:
    (repository.root / "docs/guide.md").write_text(text)
    return [fault.removeprefix("docs/guide.md:") for fault in repository.faults()]


@pytest.mark.parametrize(
    "text",
    [
        "`shop/till.py`, `shop/`, `shop/stock`, `till.py`, `apples.toml`",
        "`shop/*/apples.toml`, `shop/<file>.py`, `shop/{name}/…`, `shop/NAME.py`",
        "`build/of/a/command.py`, `../elsewhere/shop/x.py`, `/shop/in/a/url`, `s3://bucket/shop/x`, shop/in/prose.py",
        "[till](../shop/till.py), [folder](../shop), [it](other.md#its-here), [web](https://a.b/c.md)",
        "# Guide\n[top](#guide)",
        "`make up`, `make --silent up NAME=1`, `make TARGET`, prose that would make nothing",
        "`python -m shop`, `X=1 python3 -m shop.till --all`, `python -m json`",
        "`tests/test_till.py::test_it_opens`, `pytest tests/test_till.py::test_it_opens[case]`",
        "```sh\n# make believe\nmake up  # make believe: shop/nothing.py\npython -m shop > build/till.py\n```",
    ],
)
def test_what_is_there_or_is_none_of_ours_is_no_fault(repository: Repository, text: str) -> None:
    assert faults(repository, text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a\n\n`shop/gone.py`", "3: no shop/gone.py"),
        ("`shop/gone/`", "1: no shop/gone/"),
        ("`cat shop/gone.py | less`", "1: no shop/gone.py"),
        ("`shop/*.toml`", "1: no shop/*.toml"),
        ("`shop/README.md`", "1: no shop/README.md"),
        ("`shop/<file>.sql`", "1: no shop/<file>.sql"),
        ("`gone.py`", "1: no file is named gone.py"),
        ("`shop/a\nb` and `gone.toml`", "2: no file is named gone.toml"),
        ("[x](gone.md)", "1: link to gone.md: no docs/gone.md"),
        ("[x](other.md#nowhere)", "1: link to other.md#nowhere: no such heading"),
        ("[x](other.md#no-heading)", "1: link to other.md#no-heading: no such heading"),
        ("[x](#nowhere)", "1: link to #nowhere: no such heading"),
        ("`make down`", "1: no target down in the Makefile"),
        ("```sh\nmake up\nmake tools\n```", "3: no target tools in the Makefile"),
        ("`python -m shop.gone`", "1: no module shop.gone"),
        ("`python -m shop.stock`", "1: no module shop.stock"),
        ("`python -m no_such_module`", "1: no module no_such_module"),
        ("`tests/test_till.py::test_it`", "1: no test test_it in tests/test_till.py"),
        ("```\npytest tests/test_gone.py\n```", "2: no tests/test_gone.py"),
    ],
)
def test_what_is_not_there_is_a_fault(repository: Repository, text: str, fault: str) -> None:
    assert fault in faults(repository, text)
