"""What a finished attempt leaves for later ones: results whose source, settings and outputs are known."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.contract.batch import Asset, AssetResult
from handlers.contract.callback_body import FinishedAsset
from handlers.contract.media_types import MediaType
from handlers.result.reusable import read_reusable, reusable_document
from tests.support.batch_results import made, photo
from tests.support.builders import raw_key

ETAGS = {name: f'"{name}"' for name in made().outputs}
PHOTO = photo(version_id="v")
RENDERED = made(settings="s", etags=ETAGS)
VIDEO = Asset(
    1,
    raw_key("1.mp4", MediaType.VIDEO_VERTICAL),
    "VIDEO_VERTICAL",
    "video/mp4",
    9,
    "0" * 64,
    2,
    version_id="v",
    settings="job",
)
TRANSCODED = AssetResult(1, {"1080p": "k"}, etags={"1080p": '"e"'})
ENDING = {"index": 1, "status": "COMPLETE", "job": {"Id": "j"}}


def lines(asset: Asset, result: AssetResult, videos: dict[int, dict[str, Any]] | None = None) -> list[Any]:
    finished = FinishedAsset(asset, result, result.error_code, result.error_message)
    return read_reusable(reusable_document([finished], videos or {}))


def test_a_result_comes_back_as_that_of_another_place() -> None:
    (line,) = lines(PHOTO, RENDERED)
    assert line.result_at(7) == replace(RENDERED, index=7)
    assert (line.settings, line.video_at(7)) == ("s", None)


def test_a_video_comes_back_with_the_end_of_its_job() -> None:
    (line,) = lines(VIDEO, TRANSCODED, {1: ENDING})
    assert line.settings == "job"
    assert line.video_at(3) == {"index": 3, "status": "COMPLETE", "job": {"Id": "j"}}


@pytest.mark.parametrize(
    ("asset", "result"),
    [
        (replace(PHOTO, error_code="NOT_FOUND"), RENDERED),
        (replace(PHOTO, version_id=None), RENDERED),
        (replace(PHOTO, version_id="null"), RENDERED),
        (PHOTO, replace(RENDERED, outputs={}, etags={})),
        (PHOTO, replace(RENDERED, error_code="IMAGE_CORRUPT")),
        (PHOTO, replace(RENDERED, settings=None)),
        (PHOTO, replace(RENDERED, etags={})),
        (replace(VIDEO, settings=None), TRANSCODED),
    ],
    ids=["invalid", "no version", "null version", "no outputs", "failed", "no settings", "no etags", "no job settings"],
)
def test_what_is_not_known_in_full_is_left_out(asset: Asset, result: AssetResult) -> None:
    assert lines(asset, result) == []


def test_a_document_of_another_form_is_refused_by_its_place() -> None:
    with pytest.raises(ValueError, match="results"):
        read_reusable({"results": "none"})
