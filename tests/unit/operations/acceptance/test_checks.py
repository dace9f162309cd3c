"""Each check is ok while its promise is kept, and fails when just that is broken."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from handlers.contract.photo_variants import Encoding, Variant
from modules.environments import config
from operations.acceptance import checks_observation
from operations.acceptance.catalogue import CHECKS
from operations.acceptance.check import Check, Finding, Result, Seen, judge
from operations.acceptance.run import poster
from operations.acceptance.samples import MARKER, Sample, hdr_video, make_samples, silent_video
from tests.support.acceptance import OUTPUTS, Planted, picture, refusal

NAMES = {check.name: check for check in CHECKS}
S3_CODES = {"checksum": (400, "BadDigest"), "http": (403, "AccessDenied")}


@pytest.fixture(scope="module")
def renditions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a transcoder makes of the videos: no metadata, upright sizes, by asset type."""
    folder = tmp_path_factory.mktemp("renditions")
    sizes = {"VIDEO_HORIZONTAL": "1280x720", "VIDEO_VERTICAL": "720x1280"}
    return {kind: without_metadata(folder, silent_video(size)) for kind, size in sizes.items()}


def without_metadata(folder: Path, content: bytes) -> bytes:
    (folder / "raw.mp4").write_bytes(content)
    words = ["-i", folder / "raw.mp4", "-c", "copy", "-map_metadata", "-1", folder / "made.mp4"]
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", *words], check=True)
    return (folder / "made.mp4").read_bytes()


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return make_samples()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, str]]:
    """What S3 and the API answer to plain HTTP requests, by a word in the URL."""
    codes = dict(S3_CODES)

    def answer(url: str, **_: Any) -> httpx.Response:
        asked = next((word for word in codes if f"-{word}.jpg" in url or f"/{word}" in url), "")
        status, code = codes.get(asked, (403, "SignatureDoesNotMatch"))
        return httpx.Response(status, text=f"<Error><Code>{code}</Code></Error>")

    for method in ("get", "put", "post"):
        monkeypatch.setattr(httpx, method, answer)
    monkeypatch.setattr(checks_observation, "PATIENCE_SECONDS", 0.0)
    return codes


@pytest.fixture
def planted(samples: list[Sample], renditions: dict[str, bytes], answers: dict[str, tuple[int, str]]) -> Planted:
    return Planted(samples, lambda sample: renditions[sample.asset_type])


def finding(name: str, planted: Planted) -> Finding:
    [found] = judge([NAMES[name]], planted.run)
    return found


def test_every_check_is_ok_where_every_promise_is_kept(planted: Planted) -> None:
    wrong = {each.check.name: each.seen for each in judge(CHECKS, planted.run) if each.result is not Result.OK}
    assert wrong == {}


def test_what_the_environment_adds_is_promised_too(planted: Planted) -> None:
    account = planted.run.account
    adding = replace(account.environment, photo_variants=(Variant("page", 1600, Encoding.WEBP, 500_000),))
    planted.change(account=replace(account, environment=adding))
    found = finding("objects-exist", planted)
    assert found.result is not Result.OK
    assert "-page.webp" in found.seen


def change_answer(service: str, operation: str, value: Any) -> Callable[[Planted], None]:
    return lambda planted: planted.clients[service].answers.update({operation: value})


def grant_to_backend(operation: str) -> Callable[[Planted], None]:
    return lambda planted: planted.media.answers.update({operation: {}})


def first_key(planted: Planted, ending: str) -> str:
    return next(key for key in planted.media.bodies if key.endswith(ending))


def rewrite(ending: str, make: Callable[[], bytes], kind: str = "image/jpeg") -> Callable[[Planted], None]:
    """Another body for the first object whose key ends so."""
    return lambda planted: planted.media.put(first_key(planted, ending), make(), kind)


def break_key(planted: Planted) -> None:
    planted.media.heads[first_key(planted, "-small.jpg")]["SSEKMSKeyId"] = "arn:aws:kms:sa-east-1:1:key/aws-s3"


def break_type(planted: Planted) -> None:
    planted.media.heads[first_key(planted, "-720p.mp4")]["ContentType"] = "application/octet-stream"


def break_poster(planted: Planted) -> None:
    planted.media.put(poster(planted.run.videos[0]), b"no picture", "image/jpeg")


def hide_dead_letter(planted: Planted) -> None:
    planted.change(letters=[{"BatchId": "7", "ErrorCode": "CallbackUnavailable"}])


FAULTS: list[tuple[str, Callable[[Planted], None]]] = [
    ("uploads-accepted", lambda p: p.change(uploads={"a": "403 AccessDenied"})),
    ("message-accepted", lambda p: p.change(message="AccessDenied")),
    ("execution-ends", lambda p: p.change(execution={"status": "FAILED", "error": "BatchFailed"})),
    ("execution-ends", lambda p: p.change(execution=None)),
    ("results-of-assets", lambda p: p.manifest("result.json", outputs=[])),
    ("objects-exist", lambda p: p.media.heads.pop(first_key(p, "-large.jpg")) and None),
    ("objects-exist", break_type),
    ("metadata-gone", rewrite("-large.jpg", lambda: picture((1200, 900), comment=MARKER))),
    ("metadata-gone", rewrite("-1080p.mp4", silent_video, "video/mp4")),
    ("pixels-kept", rewrite("/processed/photo/horizontal/2026-11-25/a-fachada.jpg", lambda: picture((1600, 1200)))),
    ("variants-upright", rewrite("-medium.jpg", lambda: picture((801, 600)))),
    ("videos-play-everywhere", rewrite("-1080p.mp4", hdr_video, "video/mp4")),
    ("silent-video", rewrite("noite?-720p.mp4", lambda: b"no video", "video/mp4")),
    ("hdr-video", rewrite("hdr-720p.mp4", hdr_video, "video/mp4")),
    ("posters-are-pictures", break_poster),
    ("zip-is-whole", lambda p: p.write_zip([each.sample.name for each in p.run.good], missing="")),
    ("zip-is-whole", lambda p: p.write_zip(["one.jpg"])),
    ("queue-settings", change_answer("sqs", "get_queue_attributes", {"Attributes": {"VisibilityTimeout": "30"}})),
    (
        "dead-letter-queue-settings",
        change_answer("sqs", "get_queue_attributes", {"Attributes": {"MessageRetentionPeriod": "60"}}),
    ),
    ("callback-ends", lambda p: p.manifest("callback.json", statusCode=500)),
    ("callback-ends", lambda p: p.manifest("callback.json", eventId="another")),
    ("callback-ends", hide_dead_letter),
    ("no-other-dead-letters", lambda p: p.change(other_letters=2)),
    ("objects-encrypted", break_key),
    (
        "bucket-encrypts",
        change_answer(
            "s3",
            "get_bucket_encryption",
            {
                "ServerSideEncryptionConfiguration": {
                    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
                }
            },
        ),
    ),
    ("key-rotates", change_answer("kms", "get_key_rotation_status", {"KeyRotationEnabled": False})),
    ("buckets-guarded", change_answer("s3", "get_bucket_versioning", {"Status": "Suspended"})),
    (
        "buckets-guarded",
        change_answer("s3", "get_public_access_block", {"PublicAccessBlockConfiguration": {"BlockPublicAcls": False}}),
    ),
    ("access-logged", change_answer("s3", "get_bucket_logging", {})),
    (
        "nothing-expires",
        change_answer("s3", "get_bucket_lifecycle_configuration", {"Rules": [{"ID": "x", "Expiration": {"Days": 1}}]}),
    ),
    ("policy-not-public", change_answer("s3", "get_bucket_policy_status", {"PolicyStatus": {"IsPublic": True}})),
    ("refuses-another-key", grant_to_backend("put_object")),
    ("refuses-unnamed-key", grant_to_backend("put_object")),
    ("refuses-sse-s3", grant_to_backend("put_object")),
    ("refuses-sse-c", grant_to_backend("put_object")),
    ("refuses-another-stage", grant_to_backend("put_object")),
    ("refuses-another-stage", lambda p: p.media.answers.update({"put_object": refusal("SlowDown")})),
    ("refuses-project-media-by-others", change_answer("s3", "put_object", {})),
    ("refuses-deletion-by-others", change_answer("s3", "delete_object", {})),
    ("refuses-deletion-of-versions", grant_to_backend("delete_object")),
    ("refuses-admin-without-mfa", lambda p: p.backend["sts"].answers.update({"assume_role": {}})),
    ("refuses-receiving-by-backend", lambda p: p.backend["sqs"].answers.update({"receive_message": {}})),
    ("alarms-quiet", lambda p: p.change(alarms=[{**p.run.alarms[0], "StateValue": "ALARM"}])),
    ("alarms-tell", lambda p: p.change(alarms=p.run.alarms[1:])),
    ("alarms-tell", lambda p: p.change(alarms=[{**each, "AlarmActions": []} for each in p.run.alarms])),
    (
        "alerts-reach-people",
        change_answer(
            "sns",
            "list_subscriptions_by_topic",
            {"Subscriptions": [{"Endpoint": "cloud-admin-dev@toq.example", "SubscriptionArn": "PendingConfirmation"}]},
        ),
    ),
    ("logs-kept", change_answer("logs", "describe_log_groups", {"logGroups": []})),
    ("logs-follow-the-trace", change_answer("logs", "filter_log_events", {"events": []})),
    ("execution-logged", change_answer("logs", "filter_log_events", {"events": []})),
    ("trace-found", change_answer("xray", "get_trace_summaries", {"TraceSummaries": []})),
    (
        "cost-estimated",
        change_answer("stepfunctions", "get_execution_history", {"events": [{"stateEnteredEventDetails": {}}] * 9_000}),
    ),
    (
        "endpoint-available",
        change_answer("ec2", "describe_vpc_endpoints", {"VpcEndpoints": [{"State": "pending", "SubnetIds": []}]}),
    ),
]
# Asked over plain HTTP: the word in the URL that `answers` replies to.
OPEN_DOORS = {
    "refuses-wrong-checksum": "checksum",
    "refuses-wrong-size": "size",
    "refuses-wrong-type": "type",
    "refuses-upload-without-tag": "tag",
    "refuses-plain-http": "http",
    "strangers-read-nothing": "?list-type=2",
    "private-api-closed": "v1",
}


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=[f"{at}-{name}" for at, (name, _) in enumerate(FAULTS)])
def test_a_broken_promise_fails_its_check(name: str, fault: Callable[[Planted], None], planted: Planted) -> None:
    fault(planted)
    assert finding(name, planted).result is Result.FAILED


@pytest.mark.parametrize(("name", "word"), OPEN_DOORS.items())
def test_a_door_that_is_open_fails_its_check(
    name: str, word: str, planted: Planted, answers: dict[str, tuple[int, str]]
) -> None:
    answers[word] = (200, "")
    assert finding(name, planted).result is Result.FAILED


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert {name for name, _ in FAULTS} | OPEN_DOORS.keys() == NAMES.keys()


def test_unknown_batch_ends_with_its_dead_letter(planted: Planted) -> None:
    planted.change(batch=replace(planted.run.batch, known=False))
    assert finding("callback-ends", planted).seen == "no dead letter about the batch"
    planted.change(letters=[{"ErrorCode": "CallbackRefused", "ErrorReason": "HTTP 404 "}])
    assert finding("callback-ends", planted).result is Result.OK
    planted.change(execution={"status": "FAILED", "error": "CallbackUndelivered"})
    assert finding("execution-ends", planted).result is Result.OK


def test_check_that_breaks_has_failed_with_its_error(planted: Planted) -> None:
    def broken(_: object) -> Seen:
        raise KeyError("outputs")

    [found] = judge([Check("x", "nothing", broken)], planted.run)
    assert (found.result, found.seen) == (Result.FAILED, "KeyError: 'outputs'")


def test_what_only_an_account_shows_is_not_made_locally(planted: Planted) -> None:
    planted.change(account=replace(planted.run.account, environment=config.load("local"), outputs=OUTPUTS))
    assert finding("refuses-plain-http", planted).result is Result.ONLY_AWS
    assert finding("refuses-plain-http", planted).seen == NAMES["refuses-plain-http"].only_aws
