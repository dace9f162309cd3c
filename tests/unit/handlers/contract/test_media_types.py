"""The table of media types, and the database that must know the same ones."""

import re
from pathlib import Path

import pytest

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.contract.keys import MediaKey, Stage
from handlers.contract.media_types import Kind, MediaType
from handlers.contract.names import State
from handlers.files.content_type import canonical

ROOT = Path(__file__).resolve().parents[4]
MADE_BY_THE_PIPELINE = {"THUMBNAIL", "ZIP"}  # asset types of the database that nobody uploads


def allowed(column: str) -> set[str]:
    """What the ENUM of a column of the assets' table allows once all migrations are applied."""
    schema = (ROOT / "migrations/schema.sql").read_text(encoding="utf-8")
    (table,) = re.findall(r"^CREATE TABLE `listing_media_assets` \((.*?)^\)", schema, re.MULTILINE | re.DOTALL)
    (values,) = re.findall(rf"^  `{column}` enum\(([^)]*)\)", table, re.MULTILINE)
    return set(re.findall(r"'(\w+)'", values))


def test_the_database_knows_every_type() -> None:
    assert allowed("asset_type") == {media_type.asset_type for media_type in MediaType} | MADE_BY_THE_PIPELINE


def test_the_database_knows_every_orientation() -> None:
    assert allowed("orientation") == {each.orientation for each in MediaType if each.orientation}


@pytest.mark.parametrize(
    ("media_type", "kind", "asset_type"),
    [
        (MediaType.PHOTO_VERTICAL, Kind.PHOTO, "PHOTO_VERTICAL"),
        (MediaType.PROJECT_RENDER, Kind.PHOTO, "PROJECT_RENDER"),
        (MediaType.VIDEO_HORIZONTAL, Kind.VIDEO, "VIDEO_HORIZONTAL"),
        (MediaType.PROJECT_DOC, Kind.DOCUMENT, "PROJECT_DOC"),
    ],
)
def test_media_types_say_what_is_done_and_how_the_database_calls_it(
    media_type: MediaType, kind: Kind, asset_type: str
) -> None:
    key = MediaKey("42", Stage.RAW, media_type, "2026-03-01", "a.b.c")
    assert (key.kind, media_type.asset_type, key.stem) == (kind, asset_type, "a.b")


@pytest.mark.parametrize("name", ["PHOTO_DIAGONAL", "THUMBNAIL", "ZIP"])
def test_an_unknown_type_is_an_error_and_never_a_photo(name: str) -> None:
    with pytest.raises(KeyError):
        MediaType[name]
    with pytest.raises(AssetError) as caught:
        MediaKey.parse(f"42/raw/{name.lower().replace('_', '/', 1)}/2026-03-01/a.jpg")
    assert caught.value.code is AssetErrorCode.KEY_NOT_ALLOWED


@pytest.mark.parametrize("kind", Kind)
def test_what_a_kind_accepts_is_spelled_as_files_are_recognised(kind: Kind) -> None:
    assert kind.treatment.accepted == {canonical(content_type) for content_type in kind.treatment.accepted}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_worked_on_by_a_state_that_works_on_media(kind: Kind) -> None:
    assert kind.treatment.state in (State.IMAGE_THUMBNAILS, State.VIDEO_TRANSCODE)
