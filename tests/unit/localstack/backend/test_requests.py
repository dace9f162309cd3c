from typing import Any

import pytest
from pydantic import ValidationError

from handlers.contract.media_types import MediaType
from localstack.backend.requests import NewBatch


def asset(**members: Any) -> dict[str, Any]:
    return {
        "filename": "DSC_0001.JPG",
        "assetType": "PHOTO_VERTICAL",
        "contentType": "image/jpeg",
        "bytes": 10,
        "checksumSha256": "ab" * 32,
        "sequence": 1,
    } | members


def test_a_photographers_batch_is_read() -> None:
    batch = NewBatch.model_validate({"photographerUserId": 7, "assets": [asset(title=" Sala ")]})
    assert batch.uploaded_by == "PHOTOGRAPHER"
    assert batch.assets[0].asset_type is MediaType.PHOTO_VERTICAL
    assert batch.assets[0].title == "Sala"


def test_a_batch_without_a_photographer_is_the_owners() -> None:
    assert NewBatch.model_validate({"assets": [asset(assetType="PROJECT_DOC")]}).uploaded_by == "OWNER"


@pytest.mark.parametrize(
    "members",
    [
        {"filename": "a/b.jpg"},
        {"filename": ""},
        {"filename": "a\n.jpg"},
        {"filename": "a" * 201},
        {"assetType": "ZIP"},
        {"assetType": "photo/vertical "},
        {"contentType": "image"},
        {"bytes": 0},
        {"bytes": 5 * 1024**3 + 1},
        {"checksumSha256": "ab" * 31},
        {"checksumSha256": "zz" * 32},
        {"sequence": -1},
        {"title": "x" * 256},
        {"comment": "unknown member"},
    ],
)
def test_an_asset_that_the_pipeline_or_the_table_could_not_take_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NewBatch.model_validate({"photographerUserId": 7, "assets": [asset(**members)]})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"photographerUserId": 7, "assets": []}, "at least 1 item"),
        ({"photographerUserId": 7, "assets": [asset(), asset()]}, "two assets have the same sequence"),
        ({"photographerUserId": None, "assets": [asset()]}, "every asset must be PROJECT_DOC or PROJECT_RENDER"),
    ],
)
def test_a_batch_that_contradicts_itself_is_refused(body: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        NewBatch.model_validate(body)
