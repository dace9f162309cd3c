"""`handlers.thumbnails.chunk` and its handler: what is read and written, and what happens when it fails."""

import base64
import hashlib
import io
import threading
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from handlers.contract import names
from handlers.contract.batch import Asset, AssetResult, Batch
from handlers.contract.keys import VARIANT_WIDTHS, document_key, photo_key, variant_key
from handlers.contract.media_types import MediaType
from handlers.runtime.store import MediaStore
from handlers.thumbnails import chunk, limits
from handlers.thumbnails.chunk import process_all
from handlers.thumbnails.handler import handler
from tests.support.builders import EXECUTION, PDF, raw_key
from tests.support.corpus.camera import camera_jpeg
from tests.support.corpus.photos import alike, encoded, scene


def uploaded(
    store: MediaStore,
    index: int,
    content: bytes,
    media_type: MediaType = MediaType.PHOTO_HORIZONTAL,
    content_type: str = "image/jpeg",
    name: str = "",
) -> Asset:
    """A raw object as a presigned upload leaves it, and validate's line about it."""
    key = raw_key(name or f"photo-{index}.jpg", media_type)
    version = store.client.put_object(
        Bucket=store.bucket, Key=key, Body=content, Tagging="stage=raw", Metadata={"camera-serial": "4711"}
    )["VersionId"]
    return Asset(
        index=index,
        key=key,
        asset_type=media_type.asset_type,
        content_type=content_type,
        bytes=len(content),
        checksum_sha256=hashlib.sha256(content).hexdigest(),
        sequence=index + 1,
        version_id=version,
    )


def document(store: MediaStore, index: int = 0) -> Asset:
    return uploaded(store, index, PDF, MediaType.PROJECT_DOC, "application/pdf", f"plan-{index}.pdf")


def read(store: MediaStore, key: str) -> bytes:
    return store.client.get_object(Bucket=store.bucket, Key=key)["Body"].read()


def one(store: MediaStore, asset: Asset) -> AssetResult:
    (result,) = process_all(store, [asset])
    return result


def test_a_photo_gives_a_cleaned_original_and_four_variants(store: MediaStore) -> None:
    asset = uploaded(store, 3, camera_jpeg(6))
    result = one(store, asset)
    assert result.index == 3
    assert result.outputs == {"processed": photo_key(asset.raw)} | {
        variant: variant_key(asset.raw, variant) for variant in VARIANT_WIDTHS
    }
    for key in result.outputs.values():
        assert Image.open(io.BytesIO(read(store, key))).format == "JPEG"
        assert store.client.head_object(Bucket=store.bucket, Key=key)["ContentType"] == "image/jpeg"
        assert store.client.get_object_tagging(Bucket=store.bucket, Key=key)["TagSet"] == []


def test_the_result_describes_the_processed_object(store: MediaStore) -> None:
    result = one(store, uploaded(store, 0, camera_jpeg(6)))
    body = read(store, result.outputs["processed"])
    assert (result.bytes, result.content_type) == (len(body), "image/jpeg")
    assert (result.width, result.height) == (64, 96)  # stored as 96 x 64, shown on its side
    assert result.checksum_sha256 == hashlib.sha256(body).hexdigest()
    assert result.crc32 == zlib.crc32(body)
    head = store.client.head_object(Bucket=store.bucket, Key=result.outputs["processed"], ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(body).digest()).decode()


def test_the_result_says_what_a_page_shows_until_the_photo_is_there(store: MediaStore) -> None:
    result = one(store, uploaded(store, 0, encoded(Image.new("RGB", (600, 400), (200, 100, 50)), "PNG")))
    assert result.placeholder
    assert result.placeholder.startswith("data:image/webp;base64,")
    assert result.dominant_colour
    assert alike(tuple(bytes.fromhex(result.dominant_colour[1:])), (200, 100, 50))
    assert one(store, document(store)).placeholder is None


def test_what_the_environment_adds_is_written_beside_the_four(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTO_VARIANTS", "portal:90:jpeg:4000000 page:80:webp:4000000")
    asset = uploaded(store, 3, camera_jpeg(1))
    result = one(store, asset)
    assert result.error_code is None
    assert set(result.outputs) == {"processed", *VARIANT_WIDTHS, "portal", "page"}
    assert result.outputs["portal"] == variant_key(asset.raw, "portal")
    assert result.outputs["page"].endswith("/thumb/photo/horizontal/2026-03-01/photo-3-page.webp")
    page = Image.open(io.BytesIO(read(store, result.outputs["page"])))
    assert (page.format, page.width) == ("WEBP", 80)
    assert store.client.head_object(Bucket=store.bucket, Key=result.outputs["page"])["ContentType"] == "image/webp"


def test_a_variant_that_cannot_be_small_enough_is_named_and_all_else_stands(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTO_VARIANTS", "portal:2048:jpeg:1000")
    result = one(store, uploaded(store, 0, encoded(scene(900, 600), "JPEG")))
    assert set(result.outputs) == {"processed", *VARIANT_WIDTHS}
    assert (result.bytes, result.error_code) == (len(read(store, result.outputs["processed"])), "VARIANT_TOO_LARGE")
    assert "portal (2048 pixels in 1,000 bytes)" in (result.error_message or "")


def test_a_variable_that_is_no_table_stops_the_chunk_and_blames_no_photo(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTO_VARIANTS", "portal")
    with pytest.raises(ValueError, match="PHOTO_VARIANTS must hold name:width:encoding:bytes, not 'portal'"):
        process_all(store, [uploaded(store, 0, camera_jpeg())])


def test_the_result_says_which_objects_were_made_and_by_what(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(names.RENDERING_VERSION, "code and libraries")
    for result in process_all(store, [uploaded(store, 0, camera_jpeg(6)), document(store, 1)]):
        assert result.settings == "code and libraries"
        heads = {name: store.find_head(key) for name, key in result.outputs.items()}
        assert result.etags == {name: head and head["ETag"] for name, head in heads.items()}


def test_a_render_in_another_format_becomes_a_jpeg(store: MediaStore) -> None:
    png = encoded(scene(), "PNG")
    asset = uploaded(store, 0, png, MediaType.PROJECT_RENDER, "image/png", "facade.png")
    result = one(store, asset)
    assert result.outputs["processed"].endswith("/processed/project/render/2026-03-01/facade.jpg")
    assert Image.open(io.BytesIO(read(store, result.outputs["processed"]))).size == (96, 64)


def test_the_version_that_was_validated_is_processed(store: MediaStore) -> None:
    photo, plan = uploaded(store, 0, camera_jpeg()), document(store, 1)
    store.client.put_object(Bucket=store.bucket, Key=photo.key, Body=b"something else")
    store.client.put_object(Bucket=store.bucket, Key=plan.key, Body=b"something else")
    results = process_all(store, [photo, plan])
    assert [result.error_code for result in results] == [None, None]
    assert read(store, results[1].outputs["processed"]) == PDF


def test_a_document_is_copied_without_its_tags_and_metadata(store: MediaStore) -> None:
    asset = document(store)
    result = one(store, asset)
    assert result.outputs == {"processed": document_key(asset.raw)}
    assert read(store, result.outputs["processed"]) == PDF
    copy = store.client.head_object(Bucket=store.bucket, Key=result.outputs["processed"])
    assert copy["ContentType"] == "application/pdf"
    assert copy["Metadata"] == {}
    tags = store.client.get_object_tagging(Bucket=store.bucket, Key=result.outputs["processed"])
    assert tags["TagSet"] == []  # else "stage=raw" could archive it
    assert (result.bytes, result.checksum_sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert result.crc32 == zlib.crc32(PDF)


@pytest.mark.parametrize("sent", ["Application/PDF; name=\u5bb6.pdf", "application/pdf;\r\nx-amz-acl: public-read"])
def test_parameters_of_a_documents_type_reach_no_header(store: MediaStore, sent: str) -> None:
    asset = uploaded(store, 0, PDF, MediaType.PROJECT_DOC, sent, "plan.pdf")
    result = one(store, asset)
    assert (result.error_code, result.content_type) == (None, "application/pdf")
    copy = store.client.head_object(Bucket=store.bucket, Key=result.outputs["processed"])
    assert copy["ContentType"] == "application/pdf"


def test_without_versioning_the_object_itself_is_read(store: MediaStore) -> None:
    photo, plan = uploaded(store, 0, camera_jpeg()), document(store, 1)
    unversioned = [Asset(**{**asset.to_json(), "version_id": None}) for asset in (photo, plan)]
    assert [result.error_code for result in process_all(store, unversioned)] == [None, None]


def test_one_bad_asset_fails_alone(store: MediaStore) -> None:
    assets = [
        uploaded(store, 0, camera_jpeg()),
        uploaded(store, 1, camera_jpeg()[:-50]),
        uploaded(store, 2, b""),
        uploaded(store, 3, encoded(scene().quantize(4), "GIF")),
        document(store, 4),
        uploaded(store, 5, encoded(scene(), "PNG")),
    ]
    results = process_all(store, assets)
    assert [result.index for result in results] == list(range(6))
    assert [result.error_code for result in results] == [
        None,
        None,  # only the trailer of the phone was cut off: the photo is whole
        "IMAGE_CORRUPT",
        "UNSUPPORTED_MEDIA",
        None,
        None,
    ]
    assert all(bool(result.outputs) is (result.error_code is None) for result in results)
    assert all(bool(result.error_message) is (result.error_code is not None) for result in results)


def test_an_object_that_is_gone_is_not_found(store: MediaStore) -> None:
    photo, plan = uploaded(store, 0, camera_jpeg()), document(store, 1)
    for asset in (photo, plan):
        store.client.delete_object(Bucket=store.bucket, Key=asset.key, VersionId=asset.version_id or "")
    assert [result.error_code for result in process_all(store, [photo, plan])] == ["NOT_FOUND", "NOT_FOUND"]


def refusing(monkeypatch: pytest.MonkeyPatch, store: MediaStore, operation: str, code: str) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "for the test"}}, operation)

    monkeypatch.setattr(store.client, operation, refuse)


def test_an_archived_object_says_so(store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = uploaded(store, 0, camera_jpeg())
    refusing(monkeypatch, store, "get_object", "InvalidObjectState")
    result = one(store, photo)
    assert result.error_code == "NOT_FOUND"
    assert "archived" in (result.error_message or "")


@pytest.mark.parametrize("operation", ["get_object", "put_object", "copy_object"])
def test_trouble_with_s3_itself_is_left_to_the_state_machine(
    operation: str, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = [uploaded(store, 0, camera_jpeg()), document(store, 1)]
    refusing(monkeypatch, store, operation, "SlowDown")
    with pytest.raises(ClientError, match="SlowDown"):
        process_all(store, assets)


def test_a_copy_whose_checksum_s3_does_not_give_is_left_to_the_zip(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = document(store)
    monkeypatch.setattr(store.client, "copy_object", lambda **_: {"CopyObjectResult": {}})
    assert one(store, asset).crc32 is None


def test_a_file_too_large_for_memory_is_not_even_read(store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = Asset(**{**uploaded(store, 0, camera_jpeg()).to_json(), "bytes": limits.MAX_FILE_BYTES + 1})
    refusing(monkeypatch, store, "get_object", "NotToBeCalled")
    assert one(store, asset).error_code == "FILE_TOO_LARGE"


def test_photos_wait_for_s3_side_by_side(store: MediaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(4, timeout=20)
    monkeypatch.setattr(chunk, "_read", lambda store, asset: together.wait() * 0 or camera_jpeg())
    assets = [uploaded(store, index, b"") for index in range(4)]
    assert all(result.error_code is None for result in process_all(store, assets))


def write_manifest(store: MediaStore, batch: Batch, assets: list[Asset], positions: list[int]) -> None:
    store.put_json(
        batch.file("assets.json"), {"assets": [asset.to_json() for asset in assets], "chunked": positions, "videos": []}
    )


def event(batch: Batch, first: int, last: int) -> dict[str, Any]:
    return {"batch": batch.to_state(), "execution": EXECUTION, "range": {"first": first, "last": last}}


def test_the_handler_does_the_positions_of_its_range(store: MediaStore, batch: Batch, context: Any) -> None:
    assets = [uploaded(store, index, camera_jpeg()) for index in range(5)]
    write_manifest(store, batch, assets, [0, 2, 4])
    assert handler(event(batch, 1, 2), context) == {"done": 2, "failed": 0}
    written = store.get_json(batch.file("chunks/00001-00002.json"))["results"]
    assert [AssetResult.from_json(line).index for line in written] == [2, 4]


def test_the_handler_counts_what_failed(store: MediaStore, batch: Batch, context: Any) -> None:
    assets = [uploaded(store, 0, camera_jpeg()), uploaded(store, 1, b"\xff\xd8\xff")]
    write_manifest(store, batch, assets, [0, 1])
    assert handler(event(batch, 0, 1), context) == {"done": 1, "failed": 1}


def test_a_repeated_chunk_writes_the_same_bytes(store: MediaStore, batch: Batch, context: Any) -> None:
    write_manifest(store, batch, [uploaded(store, 0, camera_jpeg(6)), document(store, 1)], [0, 1])

    def everything() -> dict[str, bytes]:
        handler(event(batch, 0, 1), context)
        return {key: read(store, key) for key in store.list_keys("")}

    assert everything() == everything()


def test_a_failed_asset_is_logged_with_its_batch_and_without_its_content(
    store: MediaStore, batch: Batch, context: Any, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    write_manifest(store, batch, [uploaded(store, 0, b"\xff\xd8\xffSECRET")], [0])
    handler(event(batch, 0, 0), context)
    (line,) = [line for line in log_lines() if line.get("message") == "asset failed"]
    assert (line["batchId"], line["assetIndex"], line["errorCode"]) == (7, 0, "IMAGE_CORRUPT")
    assert "SECRET" not in str(line)
