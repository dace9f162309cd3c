"""The state after validation: complete, and of a size that does not grow with the batch."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.batch import Asset, Batch
from handlers.contract.media_types import MediaType
from handlers.validate.fan_out import MAX_CHUNKS, chunked, chunks, state
from handlers.validate.limits import Limits
from tests.support.builders import raw_key


def assets(photos: int, videos: int = 0, broken: int = 0) -> list[Asset]:
    found = []
    for index in range(photos + videos + broken):
        media_type = MediaType.VIDEO_VERTICAL if photos <= index < photos + videos else MediaType.PHOTO_VERTICAL
        code = "NOT_FOUND" if index >= photos + videos else None
        key = raw_key(f"{index}.x", media_type)
        found.append(Asset(index, key, media_type.asset_type, "x", 1, "0" * 64, index, error_code=code))
    return found


@given(st.integers(0, 30_000))
def test_chunks_hold_every_position_once_and_in_order(count: int) -> None:
    found = chunks(count)
    positions = [position for one in found for position in range(one["first"], one["last"] + 1)]
    assert positions == list(range(count))
    assert len(found) <= MAX_CHUNKS


@pytest.mark.parametrize(("count", "number"), [(0, 0), (1, 1), (20, 1), (21, 2), (2_400, 120), (10_000, 120)])
def test_chunks_are_of_twenty_until_there_are_120(count: int, number: int) -> None:
    assert len(chunks(count)) == number


def test_invalid_assets_are_in_no_state(batch: Batch) -> None:
    given = assets(photos=3, videos=2, broken=4)
    found = state(batch, given)
    assert chunked(given) == [0, 1, 2]
    assert found["chunks"] == [{"first": 0, "last": 2}]
    assert [video["index"] for video in found["videos"]] == [3, 4]
    assert found["videos"][0]["files"].endswith("batch-7-0/videos/00003")
    assert (found["valid"], found["batch"]) == (5, batch.to_state())


def test_what_is_reused_is_valid_and_nobodys_work(batch: Batch) -> None:
    given = [replace(asset, reused=asset.index in (0, 3)) for asset in assets(photos=3, videos=2)]
    found = state(batch, given)
    assert (chunked(given), found["chunks"]) == ([1, 2], [{"first": 0, "last": 1}])
    assert [video["index"] for video in found["videos"]] == [4]
    assert found["valid"] == 5


def test_the_largest_batch_allowed_has_a_small_state() -> None:
    limits = Limits()
    longest = "x" * 64
    batch = Batch(
        longest, longest, 999_999, "t" * 55, f"{longest}/processed/manifest/2026-03-01/batch-{longest}-999999/"
    )
    found = state(batch, assets(photos=limits.batch_assets - limits.batch_videos, videos=limits.batch_videos))
    assert len(json.dumps(found)) < 40_000  # of the 262,144 bytes that Step Functions carries
