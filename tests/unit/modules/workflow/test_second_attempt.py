"""A batch that is sent again does only what changed, and its callback is as if it had done everything."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.contract import names
from handlers.contract.batch import Batch
from handlers.contract.callback_body import Execution
from handlers.contract.keys import MediaKey, photo_key, variant_key
from handlers.contract.names import ManifestFile, video_result_file
from handlers.files import transcode
from handlers.files.transcode import output_keys
from handlers.result.batch_result import write_result
from tests.support.batch_results import NOW
from tests.support.builders import BUCKET, EXECUTION_ARN, STARTED_AT, TRACEPARENT, announced, message
from tests.support.workflow.interpreter import Run
from tests.unit.modules.workflow.conftest import PHOTOGRAPH, VIDEO_FILE, Backend, Pipeline

CORRECTED = PHOTOGRAPH + b"\0a retouched photograph"  # what follows the picture goes, so only this file is another one
ZIP_KEY = "42/zip/complete/2026-03-01/batch-7.zip"


@pytest.fixture(autouse=True)
def _version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(names.RENDERING_VERSION, "first")


class Listing:
    """A batch of photos and a video that can be sent attempt after attempt."""

    def __init__(self, pipeline: Pipeline, backend: Backend) -> None:
        self.pipeline, self.backend, self.store = pipeline, backend, pipeline.store
        pipeline.photos(3)
        pipeline.videos(1)
        self.assets = pipeline.assets

    def send(self, attempt: int, *assets: dict[str, Any]) -> Run:
        return self.pipeline.run(self.pipeline.take(message(*(assets or self.assets), attempt=attempt)))

    def correct(self, index: int, content: bytes = CORRECTED) -> None:
        """Upload another file under an asset's key, and announce it."""
        facts = {"bytes": len(content), "checksumSha256": hashlib.sha256(content).hexdigest()}
        self.assets[index] = self.assets[index] | facts
        key = self.assets[index]["key"]
        self.store.client.put_object(Bucket=BUCKET, Key=key, Body=content, ChecksumAlgorithm="SHA256")

    def reused(self, attempt: int, date: str = "2026-03-01") -> list[int]:
        """Positions of the assets that an attempt took over."""
        manifest = self.store.get_json(prefix(attempt, date) + ManifestFile.ASSETS)
        return [line["index"] for line in manifest["assets"] if line["reused"]]

    def version(self, key: str) -> str:
        return str(self.store.client.head_object(Bucket=BUCKET, Key=key)["VersionId"])

    def overwrite(self, key: str) -> None:
        self.store.client.put_object(Bucket=BUCKET, Key=key, Body=b"something else")

    def leave_to_the_next(self, attempt: int, content: bytes) -> None:
        """Replace what an attempt says may be taken over."""
        key = prefix(attempt) + ManifestFile.REUSABLE
        self.store.client.put_object(Bucket=BUCKET, Key=key, Body=content)


def prefix(attempt: int, date: str = "2026-03-01") -> str:
    return f"42/processed/manifest/{date}/batch-7-{attempt}/"


def without_its_attempt(body: dict[str, Any]) -> dict[str, Any]:
    """A callback without what names the delivery and the execution."""
    told = {name: value for name, value in body.items() if name not in {"attempt", "eventId", "sentAt"}}
    return told | {"jobs": [{**job, "finishedAt": None} for job in body["jobs"]]}


@pytest.fixture
def listing(pipeline: Pipeline, backend: Backend) -> Listing:
    return Listing(pipeline, backend)


def test_one_corrected_photo_is_rendered_alone_and_told_as_if_all_had_been(listing: Listing) -> None:
    listing.send(0)
    listing.correct(1)
    run = listing.send(1)
    assert run.status == "SUCCEEDED", (run.error, run.cause)
    assert (run.calls.get("ThumbnailsOfChunk"), run.calls.get("TranscodeVideo")) == (1, None)
    assert listing.reused(1) == [0, 2, 3]
    first, second = (without_its_attempt(body) for body in listing.backend.bodies)
    # The three photos were one file, and the corrected one is another.
    assert [first["outputs"][1].pop("duplicateOf"), second["outputs"][1].get("duplicateOf")] == [0, None]
    assert second == first  # the corrected file's pixels are the same, and so are its outputs


def test_a_batch_in_which_nothing_changed_makes_nothing_not_even_a_zip(listing: Listing) -> None:
    listing.send(0)
    outputs = listing.backend.bodies[0]["outputs"]
    keys = [key for output in outputs for key in output["outputs"].values()] + [ZIP_KEY]
    versions = [listing.version(key) for key in keys]
    run = listing.send(1)
    assert not run.calls.keys() & {"ThumbnailsOfChunk", "ReadJobRequest", "TranscodeVideo"}
    assert [listing.version(key) for key in keys] == versions
    first, second = listing.backend.bodies
    assert second["eventId"] != first["eventId"]
    assert without_its_attempt(second) == without_its_attempt(first)


def test_another_order_other_titles_and_a_removal_make_a_new_zip_and_nothing_else(listing: Listing) -> None:
    listing.send(0)
    last, _removed, first, video = listing.assets
    changed = [video, first | {"sequence": 1, "title": "Fachada"}, last | {"sequence": 2}]
    run = listing.send(1, *changed)
    assert not run.calls.keys() & {"ThumbnailsOfChunk", "TranscodeVideo"}
    told = listing.backend.bodies[1]
    assert [output["rawKey"] for output in told["outputs"]] == [asset["key"] for asset in changed]
    assert all(output["processedKey"] and not output["errorCode"] for output in told["outputs"])
    with zipfile.ZipFile(io.BytesIO(listing.store.get_bytes(ZIP_KEY))) as bundle:
        assert len(bundle.namelist()) == 3
        assert any("Fachada" in name for name in bundle.namelist())


def test_an_attempt_under_another_date_finds_those_before_it(listing: Listing) -> None:
    later = announced(PHOTOGRAPH, "later.jpg", 9)
    later["key"] = later["key"].replace("2026-03-01", "2026-03-02")
    listing.store.client.put_object(Bucket=BUCKET, Key=later["key"], Body=PHOTOGRAPH, ChecksumAlgorithm="SHA256")
    listing.send(0, *listing.assets, later)
    listing.send(1, later, *listing.assets)  # the first asset's date is the batch's
    assert listing.reused(1, "2026-03-02") == [0, 1, 2, 3, 4]


def test_what_failed_is_tried_again(listing: Listing) -> None:
    listing.pipeline.kills, listing.pipeline.broken_videos = {"00001.jpg"}, {"00003.mp4"}
    listing.send(0)
    assert [output["errorCode"] for output in listing.backend.bodies[0]["outputs"]] == [
        None,
        "PROCESSING_FAILED",
        None,
        "TRANSCODE_FAILED",
    ]
    listing.pipeline.kills, listing.pipeline.broken_videos = set(), set()
    run = listing.send(1)
    assert (run.calls["ThumbnailsOfChunk"], run.calls["TranscodeVideo"]) == (1, 1)
    assert listing.reused(1) == [0, 2]
    assert [output["errorCode"] for output in listing.backend.bodies[1]["outputs"]] == [None] * 4


@pytest.mark.parametrize("change", ["deleted", "overwritten"])
@pytest.mark.parametrize(
    ("index", "output_of"),
    [
        (0, photo_key),
        (0, lambda raw: variant_key(raw, "medium")),
        (3, lambda raw: output_keys(raw)["720p"]),
        (3, lambda raw: output_keys(raw)["poster"]),
    ],
    ids=["photo", "variant", "rendition", "poster"],
)
def test_an_output_that_no_longer_stands_is_made_again(
    listing: Listing, index: int, output_of: Callable[[MediaKey], str], change: str
) -> None:
    listing.send(0)
    key = output_of(MediaKey.parse(listing.assets[index]["key"]))
    if change == "deleted":
        listing.store.client.delete_object(Bucket=BUCKET, Key=key)
    else:
        listing.overwrite(key)
    listing.send(1)
    assert listing.reused(1) == [each for each in range(4) if each != index]
    assert listing.store.get_bytes(key) != b"something else"
    first, second = (without_its_attempt(body) for body in listing.backend.bodies)
    assert second == first


def test_another_version_of_what_renders_renders_photos_again_and_no_video(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing.send(0)
    monkeypatch.setenv(names.RENDERING_VERSION, "second")
    listing.send(1)
    assert listing.reused(1) == [3]


def test_other_settings_of_its_job_transcode_a_video_again_and_render_no_photo(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing.send(0)
    monkeypatch.setattr(transcode, "_QVBR", transcode._QVBR | {"720p": (5_000_000, 7)})
    run = listing.send(1)
    assert (listing.reused(1), run.calls["TranscodeVideo"]) == ([0, 1, 2], 1)


def test_the_same_file_uploaded_again_is_another_version(listing: Listing) -> None:
    listing.send(0)
    listing.correct(0, PHOTOGRAPH)
    listing.send(1)
    assert listing.reused(1) == [1, 2, 3]


@pytest.mark.parametrize("announcement", [{"checksumSha256": "0" * 64}, {"bytes": 1}, {"contentType": "image/png"}])
def test_what_is_announced_otherwise_is_checked_and_refused(listing: Listing, announcement: dict[str, Any]) -> None:
    listing.send(0)
    listing.assets[0] |= announcement
    listing.send(1)
    assert listing.reused(1) == [1, 2, 3]
    assert listing.backend.bodies[1]["outputs"][0]["errorCode"].endswith("_MISMATCH")


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'{"results": 1}',
        b'{"results": [{}]}',
        b'{"results": [{"key": "k", "version_id": "v", "checksum_sha256": "c", "bytes": 1, "content_type": "t", '
        b'"settings": "s", "result": {"outputs": {"processed": 5}, "etags": {"processed": "e"}}}]}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_manifest_means_work_anew(listing: Listing, damage: bytes) -> None:
    listing.send(0)
    listing.leave_to_the_next(0, damage)
    assert listing.send(1).status == "SUCCEEDED"
    assert listing.reused(1) == []
    first, second = (without_its_attempt(body) for body in listing.backend.bodies)
    assert second == first


def test_a_missing_manifest_means_work_anew(listing: Listing) -> None:
    listing.send(0)
    listing.store.client.delete_object(Bucket=BUCKET, Key=prefix(0) + ManifestFile.REUSABLE)
    assert listing.send(1).status == "SUCCEEDED"
    assert listing.reused(1) == []


def fail_once(listing: Listing, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """Let S3 answer so when attempt 0's results are read for the first time."""
    read, failed = listing.store.client.get_object, False

    def get_object(**arguments: Any) -> Any:
        nonlocal failed
        if not failed and arguments["Key"] == prefix(0) + ManifestFile.REUSABLE:
            failed = True
            answer: Any = {"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": status}}
            raise ClientError(answer, "GetObject")
        return read(**arguments)

    monkeypatch.setattr(listing.store.client, "get_object", get_object)


def test_a_manifest_that_s3_does_not_give_means_work_anew(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    listing.send(0)
    fail_once(listing, monkeypatch, 403)
    assert listing.send(1).status == "SUCCEEDED"
    assert listing.reused(1) == []


def test_trouble_with_s3_is_left_to_the_machines_retries(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    listing.send(0)
    fail_once(listing, monkeypatch, 503)
    run = listing.send(1)
    assert (run.status, run.calls["ValidateRawAssets"], listing.reused(1)) == ("SUCCEEDED", 2, [0, 1, 2, 3])


def test_a_damaged_manifest_gives_way_to_an_older_one(listing: Listing) -> None:
    listing.send(0)
    listing.send(1)
    listing.leave_to_the_next(1, b"{")
    listing.send(2)
    assert listing.reused(2) == [0, 1, 2, 3]


def test_what_was_taken_over_can_be_taken_over_again(listing: Listing) -> None:
    listing.send(0)
    listing.send(1)
    listing.leave_to_the_next(0, b"{")
    listing.send(2)
    assert listing.reused(2) == [0, 1, 2, 3]


def test_a_refused_attempt_does_not_hide_the_one_before_it(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    listing.send(0)
    listing.pipeline.errors["validate"] = "BatchRefusedError"
    assert listing.send(1).status == "FAILED"
    listing.pipeline.errors.clear()
    listing.send(2)
    assert listing.reused(2) == [0, 1, 2, 3]


def test_what_a_reconciled_attempt_had_made_is_taken_over(listing: Listing, batch: Batch) -> None:
    listing.pipeline.broken_functions = {"zip", "finalize"}
    assert listing.send(0).status == "FAILED"
    listing.pipeline.broken_functions.clear()
    listing.store.client.delete_object(Bucket=BUCKET, Key=prefix(0) + video_result_file(3))  # it was still at work
    timed_out = Execution(EXECUTION_ARN, STARTED_AT, "TIMED_OUT")
    write_result(listing.store, batch, timed_out, {"Error": "TIMED_OUT", "Cause": ""}, NOW)
    run = listing.send(1)
    assert (run.status, listing.reused(1), run.calls["TranscodeVideo"]) == ("SUCCEEDED", [0, 1, 2], 1)


def test_an_older_attempt_takes_nothing_from_a_newer_one(listing: Listing) -> None:
    listing.send(2)
    listing.send(1)
    assert listing.reused(1) == []


def test_another_batch_of_the_listing_is_not_asked(listing: Listing) -> None:
    listing.send(0)
    batch = Batch("7-0", 42, 1, TRACEPARENT, "42/processed/manifest/2026-03-01/batch-7-0-1/")
    listing.pipeline.run(listing.pipeline.take(message(*listing.assets, batchId="7-0", attempt=1)))
    manifest = listing.store.get_json(batch.file(ManifestFile.ASSETS))
    assert not any(line["reused"] for line in manifest["assets"])


def test_photos_that_are_taken_over_are_not_read(listing: Listing) -> None:
    listing.send(0)
    read: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        read.append(params["Key"])

    events = listing.store.client.meta.events
    events.register("provide-client-params.s3.GetObject", note)
    listing.send(1)
    events.unregister("provide-client-params.s3.GetObject", note)
    raw = {asset["key"] for asset in listing.assets}
    assert {key for key in read if key in raw} == {listing.assets[3]["key"]}  # the video's boxes: its job's settings


def test_a_version_that_was_hashed_is_not_hashed_again(
    listing: Listing, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    listing.store.client.put_object(Bucket=BUCKET, Key=listing.assets[3]["key"], Body=VIDEO_FILE)  # no SHA-256 in S3
    hashed = []
    for attempt in (0, 1):
        listing.send(attempt)
        hashed += [line["HashedObjects"] for line in log_lines() if "HashedObjects" in line]
    assert hashed == [[1.0], [0.0]]


def test_where_objects_have_no_versions_everything_is_made_again(listing: Listing) -> None:
    listing.store.client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    for index in range(3):
        listing.correct(index, PHOTOGRAPH)
    listing.correct(3, VIDEO_FILE)
    listing.send(0)
    listing.send(1)
    assert listing.reused(1) == []


def test_a_video_that_was_reused_keeps_the_job_that_made_it(listing: Listing) -> None:
    listing.send(0)
    listing.send(1, listing.assets[3])
    (output,) = listing.backend.bodies[1]["outputs"]
    assert output == {**listing.backend.bodies[0]["outputs"][3]}
    assert [job["externalJobId"] for job in listing.backend.bodies[1]["jobs"]][1:] == ["j"]


def test_validating_an_attempt_again_forgets_what_no_longer_stands(listing: Listing) -> None:
    listing.send(0)
    listing.send(1)
    listing.overwrite(photo_key(MediaKey.parse(listing.assets[0]["key"])))
    listing.overwrite(output_keys(MediaKey.parse(listing.assets[3]["key"]))["1080p"])
    listing.send(1)  # the same execution's first state once more
    results = listing.store.get_json(prefix(1) + names.REUSED_CHUNK)["results"]
    assert [result["index"] for result in results] == [1, 2]
    assert listing.store.get_json(prefix(1) + names.REUSED_VIDEOS)["videos"] == []
