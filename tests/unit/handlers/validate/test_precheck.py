"""What is wrong with an announcement is seen without a look at S3."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.contract.errors import BatchRefusedError
from handlers.contract.media_types import Kind, MediaType
from handlers.validate.limits import Limits
from handlers.validate.object_check import check_video_seconds
from tests.support.builders import JPEG, PDF, raw_key
from tests.unit.handlers.validate.conftest import Bench


@pytest.mark.parametrize(
    "key",
    [
        raw_key("a.jpg", listing="43"),
        raw_key("a.jpg").replace("/raw/", "/processed/"),
        raw_key("a.jpg").replace("/raw/", "/raw/../"),
        "a.jpg",
        raw_key("a" * 600),
    ],
)
def test_a_key_outside_the_listings_raw_stage_is_not_allowed(bench: Bench, key: str) -> None:
    bench.add(JPEG, missing=True, key=key)
    bench.add(JPEG)
    assert bench.codes() == ["KEY_NOT_ALLOWED", None]


@pytest.mark.parametrize("asset_type", ["PHOTO_VERTICAL", "VIDEO_HORIZONTAL", "THUMBNAIL", "ZIP", "nonsense"])
def test_the_asset_type_must_be_that_of_the_key(bench: Bench, asset_type: str) -> None:
    bench.add(JPEG, assetType=asset_type)
    assert bench.codes() == ["KEY_NOT_ALLOWED"]


def test_of_two_assets_with_one_sequence_the_first_is_kept(bench: Bench) -> None:
    bench.add(JPEG, sequence=5)
    bench.add(JPEG, sequence=5)
    bench.add(JPEG, sequence=6)
    assert bench.codes() == [None, "DUPLICATE_SEQUENCE", None]


def test_a_refused_asset_does_not_take_a_sequence(bench: Bench) -> None:
    bench.add(JPEG, sequence=5, missing=True, key="nonsense")
    bench.add(JPEG, sequence=5)
    assert bench.codes() == ["KEY_NOT_ALLOWED", None]


@pytest.mark.parametrize("second", ["a.jpg", "a.png", "a.heic"])
def test_of_two_assets_that_would_write_the_same_output_the_first_is_kept(bench: Bench, second: str) -> None:
    bench.add(JPEG, name="a.jpg")
    bench.add(JPEG, name=second)
    assert bench.codes() == [None, "KEY_NOT_ALLOWED"]


def test_names_that_differ_by_case_or_folder_are_different(bench: Bench) -> None:
    bench.add(JPEG, name="a.jpg")
    bench.add(JPEG, name="A.jpg")
    bench.add(JPEG, name="a.jpg", media_type=MediaType.PHOTO_VERTICAL)
    assert bench.codes() == [None, None, None]


def test_documents_and_videos_collide_by_their_own_outputs(bench: Bench) -> None:
    bench.add(PDF, name="a.pdf", media_type=MediaType.PROJECT_DOC, content_type="application/pdf")
    bench.add(PDF, name="a.PDF", media_type=MediaType.PROJECT_DOC, content_type="application/pdf")
    bench.add_video(name="a.mp4")
    bench.add_video(name="a.mov")
    assert bench.codes() == [None, None, None, "KEY_NOT_ALLOWED"]


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        (Limits(batch_assets=1), "2 assets, at most 1"),
        (Limits(batch_bytes=len(JPEG)), "bytes, at most"),
        (Limits(batch_videos=1), "at most 1 videos"),
    ],
)
def test_a_batch_over_a_limit_is_refused_as_a_whole(bench: Bench, limits: Limits, word: str) -> None:
    bench.limits = limits
    bench.add_video()
    bench.add_video()
    with pytest.raises(BatchRefusedError, match=word):
        bench.run()


def test_a_batch_whose_videos_are_too_long_together_is_refused(bench: Bench) -> None:
    bench.limits = Limits(batch_video_seconds=9)
    bench.add_video()
    bench.add_video()
    with pytest.raises(BatchRefusedError, match="10 s of video, at most 9"):
        bench.run()


def test_a_video_of_unknown_length_counts_as_the_longest(bench: Bench) -> None:
    bench.add_video()
    [asset] = bench.validated()
    unknown = replace(asset, duration_seconds=None)
    limits = Limits(batch_video_seconds=100, video_seconds=60)
    check_video_seconds([unknown], limits)
    with pytest.raises(BatchRefusedError, match="120 s of video"):
        check_video_seconds([unknown, unknown], limits)


def test_only_videos_that_would_be_transcoded_count(bench: Bench) -> None:
    bench.limits = Limits(batch_videos=1)
    bench.add_video()
    bench.add_video(missing=True, key="nonsense")
    assert bench.codes() == [None, "KEY_NOT_ALLOWED"]


def test_limits_are_read_from_the_environment() -> None:
    limits = Limits.from_environment({"MAX_BATCH_VIDEOS": "3", "MAX_PHOTO_BYTES": "1024", "OTHER": "x"})
    assert (limits.batch_videos, limits.file_bytes[Kind.PHOTO]) == (3, 1024)
    assert limits.batch_assets == Limits().batch_assets


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "many", "²"])
def test_a_limit_that_is_no_number_names_its_variable(value: Any) -> None:
    with pytest.raises(ValueError, match="MAX_BATCH_ASSETS"):
        Limits.from_environment({"MAX_BATCH_ASSETS": value})
