"""One answer per asset out of overlapping manifest files."""

import json
from dataclasses import replace
from typing import Any

import pytest

from handlers.contract.batch import AssetResult, Batch
from handlers.contract.names import chunk_file
from handlers.result.asset_results import load_assets, load_results, video_results
from handlers.runtime.store import MediaStore
from tests.support.finished_batch import FinishedBatch

DONE = {"processed": "42/processed/photo/horizontal/2026-03-01/a.jpg"}


@pytest.fixture
def two_photos(finished: FinishedBatch) -> FinishedBatch:
    finished.photo(done=False)
    finished.photo(done=False)
    finished.write()
    return finished


def put_chunk(store: MediaStore, batch: Batch, first: int, last: int, *results: AssetResult) -> None:
    lines = [result.to_json() | {"unknown": 1} for result in results]
    store.put_json(batch.file(chunk_file(first, last)), {"results": lines})


def test_assets_come_back_in_the_manifests_order(two_photos: FinishedBatch) -> None:
    assert load_assets(two_photos.store, two_photos.batch) == two_photos.assets


def test_an_asset_nobody_reported_on_is_absent(two_photos: FinishedBatch) -> None:
    assert load_results(two_photos.store, two_photos.batch) == {}


def test_the_narrower_range_wins(two_photos: FinishedBatch, store: MediaStore, batch: Batch) -> None:
    failed = AssetResult(0, {}, error_code="IMAGE_CORRUPT", error_message="wide")
    put_chunk(store, batch, 0, 1, failed, AssetResult(1, DONE, bytes=1))
    put_chunk(store, batch, 0, 0, replace(failed, error_message="narrow"))
    put_chunk(store, batch, 1, 1, AssetResult(1, DONE, bytes=2))
    results = load_results(store, batch)
    assert results[0].error_message == "narrow"
    assert results[1].bytes == 2


def test_a_result_with_outputs_wins_over_a_failure_in_a_narrower_range(
    two_photos: FinishedBatch, store: MediaStore, batch: Batch
) -> None:
    put_chunk(store, batch, 0, 1, AssetResult(0, DONE))
    put_chunk(store, batch, 0, 0, AssetResult(0, {}, error_code="PROCESSING_FAILED"))
    assert load_results(store, batch)[0].outputs == DONE


@pytest.mark.parametrize(
    "job",
    [
        {
            "OutputGroupDetails": [
                {
                    "OutputDetails": [
                        {"DurationInMs": 61_600, "VideoDetails": {"WidthInPx": 1080, "HeightInPx": 1920}},
                        {"DurationInMs": 61_600, "VideoDetails": {"WidthInPx": 720, "HeightInPx": 1280}},
                    ]
                },
                {"OutputDetails": [{"VideoDetails": {"WidthInPx": 1, "HeightInPx": 1}}]},
            ]
        },
        {
            "outputGroupDetails": [
                {"outputDetails": [{"videoDetails": {"widthInPx": 1, "heightInPx": 1}}]},
                {
                    "outputDetails": [
                        {"durationInMs": 61_600, "videoDetails": {"widthInPx": 1080, "heightInPx": 1920}},
                        {"durationInMs": 61_600, "videoDetails": {"widthInPx": 720, "heightInPx": 1280}},
                    ]
                },
            ]
        },
    ],
)
def test_a_videos_measures_are_those_of_its_largest_rendition(finished: FinishedBatch, job: dict[str, Any]) -> None:
    asset = finished.video(result={"status": "COMPLETE", "job": job})
    finished.write()
    result = load_results(finished.store, finished.batch)[asset.index]
    assert (result.width, result.height, result.duration_seconds) == (1080, 1920, 62)
    assert result.content_type == "video/mp4"
    assert result.outputs["1080p"] == "42/processed/video/vertical/2026-03-01/mov0-1080p.mp4"


def test_a_job_without_measures_keeps_the_probes_duration(finished: FinishedBatch) -> None:
    asset = finished.video(duration_seconds=12)
    finished.write()
    assert load_results(finished.store, finished.batch)[asset.index].duration_seconds == 12


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            {"Error": "X", "Cause": json.dumps({"Job": {"ErrorMessage": "Unable to open input"}})},
            "Unable to open input",
        ),
        ({"Error": "X", "Cause": json.dumps({"errorMessage": "No video"})}, "No video"),
        ({"Error": "X", "Cause": json.dumps({"Job": {}})}, '{"Job": {}}'),
        ({"Error": "X", "Cause": "[1]"}, "[1]"),
        ({"Error": "States.Timeout"}, "States.Timeout"),
        ({"Error": "X", "Cause": "too long " * 100}, ("too long " * 100)[:300]),
        (None, "MediaConvert gave no reason"),
    ],
)
def test_a_failed_video_says_what_mediaconvert_said(
    finished: FinishedBatch, error: dict[str, str] | None, message: str
) -> None:
    asset = finished.video(result={"status": "ERROR", "error": error})
    finished.write()
    result = load_results(finished.store, finished.batch)[asset.index]
    assert (result.outputs, result.error_code, result.error_message) == ({}, "TRANSCODE_FAILED", message)


def test_results_of_videos_leave_out_their_jobs(finished: FinishedBatch) -> None:
    asset = finished.video()
    finished.put(finished.batch.file("videos/00000.job.json"), b"{}")
    finished.write()
    assert video_results(finished.store, finished.batch) == {
        asset.index: {"index": asset.index, "status": "COMPLETE", "job": {}}
    }
