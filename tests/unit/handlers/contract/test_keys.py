"""The key layout is a contract with the backend: it survives every round trip, and nothing escapes it."""

import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.contract.keys import (
    MAX_KEY_LENGTH,
    VARIANT_WIDTHS,
    MediaKey,
    Stage,
    document_key,
    manifest_prefix,
    photo_key,
    variant_key,
    zip_key,
)
from handlers.contract.media_types import MediaType
from handlers.files.transcode import output_keys

FILENAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=80
).filter(lambda name: not name.startswith("."))
KEYS = st.builds(
    MediaKey,
    st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    st.sampled_from(Stage),
    st.sampled_from(MediaType),
    st.dates(datetime.date(1000, 1, 1)).map(datetime.date.isoformat),
    FILENAMES,
)


@given(KEYS)
def test_a_key_reads_as_it_was_written(key: MediaKey) -> None:
    assert MediaKey.parse(str(key)) == key


@given(KEYS)
def test_outputs_keep_listing_media_type_and_date(key: MediaKey) -> None:
    for output in (photo_key(key), document_key(key), *(variant_key(key, name) for name in VARIANT_WIDTHS)):
        assume(len(output) <= MAX_KEY_LENGTH)
        made = MediaKey.parse(output)
        assert (made.listing_id, made.media_type, made.date) == (key.listing_id, key.media_type, key.date)
        assert made.stage in (Stage.PROCESSED, Stage.THUMB)


@given(st.text(st.sampled_from("a\u00e9\u5bb6\U0001f3e0"), min_size=1, max_size=255))
def test_s3_takes_every_output_of_a_key_that_is_allowed(stem: str) -> None:
    key = f"{'1' * 64}/raw/video/horizontal/2026-03-01/{stem}"
    assume(isinstance(parsed_or_refused(key), MediaKey))
    raw = MediaKey.parse(key)
    outputs = [photo_key(raw), document_key(raw), *output_keys(raw).values()]
    assert max(len(output.encode()) for output in outputs) <= 1024


def parsed_or_refused(text: str) -> MediaKey | AssetError:
    try:
        return MediaKey.parse(text)
    except AssetError as error:
        return error


@given(st.text(max_size=120))
def test_any_other_text_is_refused_or_reads_as_it_was_written(text: str) -> None:
    found = parsed_or_refused(text)
    if isinstance(found, AssetError):
        assert found.code is AssetErrorCode.KEY_NOT_ALLOWED
    else:
        assert str(found) == text


@pytest.mark.parametrize(
    "key",
    [
        "/42/raw/photo/vertical/2026-03-01/a.jpg",
        "42/raw/photo/vertical/2026-03-01/",
        "42/raw/photo/vertical/2026-03-01/../a.jpg",
        "42/raw/photo/vertical/2026-03-01/.hidden",
        "42/raw/photo/vertical/2026-03-01/a\n.jpg",
        "42/raw/photo/vertical/2026-02-30/a.jpg",
        "42/raw/photo/vertical/20260301/a.jpg",
        "42/raw/photo/vertical/2026-W09-1/a.jpg",  # a date to Python, but the ZIP's time stamps are not made of weeks
        "42/raw/photo/vertical/2026-03-01/\ud800.jpg",
        "42/raw/photo/vertical/2026-03-01/" + "\U0001f3e0" * 250,  # 284 characters, but more bytes than S3 takes
        "42/raw/photo/diagonal/2026-03-01/a.jpg",
        "42/cooked/photo/vertical/2026-03-01/a.jpg",
        "42/raw/project/sketch/2026-03-01/a.mp4",
        "4 2/raw/photo/vertical/2026-03-01/a.jpg",
        "\uff14\uff12/raw/photo/vertical/2026-03-01/a.jpg",  # full-width digits look like 42
        "42/r\u0430w/photo/vertical/2026-03-01/a.jpg",  # a Cyrillic letter in the stage
        "42/RAW/photo/vertical/2026-03-01/a.jpg",
        "42%2Fraw/photo/vertical/2026-03-01/a.jpg",
        "43/../42/raw/photo/vertical/2026-03-01/a.jpg",
        "./42/raw/photo/vertical/2026-03-01/a.jpg",
        "42//raw/photo/vertical/2026-03-01/a.jpg",
        "42\\raw\\photo\\vertical\\2026-03-01\\a.jpg",
        "s3://toq-listing-medias/42/raw/photo/vertical/2026-03-01/a.jpg",
        "42/raw/photo/vertical/2026-03-01/" + "a" * 600,
        "",
    ],
)
def test_keys_outside_the_layout_are_not_allowed(key: str) -> None:
    with pytest.raises(AssetError) as caught:
        MediaKey.parse(key)
    assert caught.value.code is AssetErrorCode.KEY_NOT_ALLOWED


def test_the_batchs_own_keys_follow_the_design() -> None:
    assert zip_key("42", "2026-03-01", "7", partial=False) == "42/zip/complete/2026-03-01/batch-7.zip"
    assert zip_key("42", "2026-03-01", "7", partial=True) == "42/zip/partial/2026-03-01/batch-7-partial.zip"
    assert manifest_prefix("42", "2026-03-01", "7", 2) == "42/processed/manifest/2026-03-01/batch-7-2/"
