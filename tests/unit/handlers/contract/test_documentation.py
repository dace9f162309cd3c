"""docs/limits.md says what the code does: every code, every default, every format."""

from pathlib import Path

import pytest

from handlers.contract.errors import AssetErrorCode, BatchErrorCode
from handlers.contract.media_types import Kind
from handlers.validate.limits import Limits
from modules.environments import config
from modules.function_record import FunctionRecord
from modules.functions import RECORDS

ROOT = Path(__file__).resolve().parents[4]
LIMITS = (ROOT / "docs/limits.md").read_text(encoding="utf-8")


def row(first: str, text: str = LIMITS) -> str:
    """The one table row that begins with a cell."""
    (found,) = [line for line in text.splitlines() if line.startswith(f"| {first} |")]
    return found


@pytest.mark.parametrize("code", [*AssetErrorCode, "BATCH_REFUSED", "STEP_FAILED", "TIMED_OUT", "ABORTED"])
def test_every_code_has_a_row_that_says_what_to_do(code: str) -> None:
    rows = [line for line in LIMITS.splitlines() if line.startswith(f"| `{code}` |")]
    assert rows
    assert all(cell.strip() for line in rows for cell in line.strip("|").split("|"))


def test_every_code_of_a_batch_is_described() -> None:
    described = LIMITS.partition("## Errors of a batch")[2]
    assert all(f"| `{code}` |" in described for code in BatchErrorCode)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("assets in a batch", f"{Limits().batch_assets:,}"),
        ("videos in a batch", f"{Limits().batch_videos}"),
        ("bytes in a batch", f"{Limits().batch_bytes // 2**30} GiB"),
        ("bytes of a photo", f"{Limits().file_bytes[Kind.PHOTO] // 2**20} MiB"),
        ("bytes of a video", f"{Limits().file_bytes[Kind.VIDEO] // 2**30} GiB"),
        ("bytes of a document", f"{Limits().file_bytes[Kind.DOCUMENT] // 2**20} MiB"),
        ("length of a video", f"{Limits().video_seconds // 60} minutes"),
        ("lengths of all videos of a batch", f"{Limits().batch_video_seconds // 3600} hours"),
    ],
)
def test_defaults_are_those_of_the_code(name: str, text: str) -> None:
    assert f"| {text} |" in row(name)


@pytest.mark.parametrize("record", RECORDS.values(), ids=lambda record: record.package)
def test_sizes_of_the_functions_are_those_that_are_deployed(record: FunctionRecord) -> None:
    size = config.load("prod").functions[record.package]
    assert f"| {size.memory_mb:,} MB | {size.timeout_seconds} s |" in row(f"`{record.name}`")
