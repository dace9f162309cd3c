"""MediaConvert's jobs on real clips: what comes out, and how a job fails."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.plugins.clips import Clips, describe_video, size_of
from tests.support.plugins.events import subscribe
from tests.support.plugins.jobs import finished, frames, group, job_settings, video
from tests.support.plugins.studio import Studio
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient
    from mypy_boto3_s3 import S3Client

    from localstack.local_platform.localstack_process import LocalStack

Client = Callable[[str], Any]


@pytest.fixture
def studio(
    s3: "S3Client", mediaconvert: "MediaConvertClient", bucket: str, mediaconvert_role: str, tmp_path: Path
) -> Studio:
    return Studio(s3, mediaconvert, bucket, mediaconvert_role, tmp_path)


def test_a_job_writes_every_output_in_one_go(studio: Studio, clips: Clips, unique: str) -> None:
    source = studio.upload(clips.video("1280x720"), f"{unique}/raw/house.mp4")
    videos = group(f"s3://{studio.bucket}/{unique}/videos/", video("-720p"), video("-360p", Height=360))
    poster = group(f"s3://{studio.bucket}/{unique}/posters/", frames("-poster", MaxCaptures=1))

    job = studio.run(job_settings(source, videos, poster))

    assert job["Status"] == "COMPLETE", job.get("ErrorMessage")
    assert size_of(describe_video(studio.fetch(f"{unique}/videos/house-720p.mp4"))) == "1280x720"
    assert size_of(describe_video(studio.fetch(f"{unique}/videos/house-360p.mp4"))) == "640x360"
    assert size_of(describe_video(studio.fetch(f"{unique}/posters/house-poster.0000000.jpg"))) == "1280x720"
    sizes = [[output["VideoDetails"] for output in each["OutputDetails"]] for each in job["OutputGroupDetails"]]
    assert sizes == [
        [{"WidthInPx": 1280, "HeightInPx": 720}, {"WidthInPx": 640, "HeightInPx": 360}],
        [{"WidthInPx": 1280, "HeightInPx": 720}],
    ]


@pytest.mark.parametrize(
    ("size", "results"),
    [
        ("360x640", {"180x320": {"Height": 320}, "90x160": {"Width": 90, "Height": 160}}),
        ("642x362", {"320x180": {"Height": 180}, "642x362": {}}),
        (
            "640x360",
            {
                "640x360": {},
                "320x180": {"Width": 320},
                "1280x720": {"Width": 1280, "Height": 720},
                "320x320": {"Width": 320, "Height": 320},
                "322x320": {"Width": 322, "Height": 320, "ScalingBehavior": "STRETCH_TO_OUTPUT"},
                "324x320": {"Width": 324, "Height": 320, "ScalingBehavior": "FILL"},
                "316x178": {"Width": 316, "Height": 320, "ScalingBehavior": "FIT"},
            },
        ),
    ],
)
def test_a_video_gets_the_size_that_was_asked_for(
    studio: Studio, clips: Clips, unique: str, size: str, results: dict[str, Any]
) -> None:
    source = studio.upload(clips.video(size), f"{unique}/in.mp4")
    outputs = [video(f"-{result}", **description) for result, description in results.items()]

    studio.run(job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", *outputs)))

    made = {result: size_of(describe_video(studio.fetch(f"{unique}/out-{result}.mp4"))) for result in results}
    assert made == {result: result for result in results}


def test_a_video_that_must_not_be_enlarged_keeps_its_size(studio: Studio, clips: Clips, unique: str) -> None:
    source = studio.upload(clips.video(), f"{unique}/in.mp4")
    output = video(Width=1920, Height=1080, ScalingBehavior="FIT_NO_UPSCALE")

    studio.run(job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", output)))

    assert size_of(describe_video(studio.fetch(f"{unique}/out-video.mp4"))) == "640x360"


@pytest.mark.parametrize(
    ("rotate", "size"),
    [("AUTO", "360x640"), ("DEGREE_0", "640x360"), ("DEGREES_90", "360x640"), ("DEGREES_180", "640x360")],
)
def test_a_phones_video_is_turned_only_when_the_job_says_so(
    studio: Studio, clips: Clips, unique: str, rotate: str, size: str
) -> None:
    source = studio.upload(clips.rotated(90), f"{unique}/in.mp4")

    studio.run(job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", video()), rotate=rotate))

    description = describe_video(studio.fetch(f"{unique}/out-video.mp4"))
    assert size_of(description) == size
    assert "rotation of" not in description


@pytest.mark.parametrize("rate", [24, 60])
@pytest.mark.parametrize("sound", [True, False])
def test_frame_rate_length_and_sound_are_the_sources(
    studio: Studio, clips: Clips, unique: str, rate: int, sound: bool
) -> None:
    source = studio.upload(clips.video(rate=rate, sound=sound), f"{unique}/in.mp4")

    job = studio.run(job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", video())))

    description = describe_video(studio.fetch(f"{unique}/out-video.mp4"))
    assert f"{rate} fps" in description
    assert ("Audio: aac" in description) is sound
    assert job["OutputGroupDetails"][0]["OutputDetails"][0]["DurationInMs"] == pytest.approx(1000, abs=60)


def test_a_specified_frame_rate_is_kept(studio: Studio, clips: Clips, unique: str) -> None:
    source = studio.upload(clips.video(rate=60), f"{unique}/in.mp4")
    halved = video(h264={"FramerateControl": "SPECIFIED", "FramerateNumerator": 30, "FramerateDenominator": 1})

    studio.run(job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", halved)))

    assert "30 fps" in describe_video(studio.fetch(f"{unique}/out-video.mp4"))


def test_progressive_download_puts_the_index_before_the_media(studio: Studio, clips: Clips, unique: str) -> None:
    source = studio.upload(clips.video(), f"{unique}/in.mp4")

    studio.run(job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", video())))

    content = studio.fetch(f"{unique}/out-video.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_captured_frames_are_the_first_and_one_each_interval(studio: Studio, clips: Clips, unique: str) -> None:
    source = studio.upload(clips.video(seconds=3), f"{unique}/in.mp4")
    each_second = frames(FramerateNumerator=1, FramerateDenominator=1)

    studio.run(job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", video(), each_second)))

    listing = studio.s3.list_objects_v2(Bucket=studio.bucket, Prefix=f"{unique}/out-frame")
    names = [entry["Key"].removeprefix(f"{unique}/") for entry in listing["Contents"]]
    assert names == ["out-frame.0000000.jpg", "out-frame.0000001.jpg", "out-frame.0000002.jpg"]


def test_outputs_are_encrypted_as_the_destination_says(
    studio: Studio, clips: Clips, client: Client, unique: str
) -> None:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    encryption = {"EncryptionType": "SERVER_SIDE_ENCRYPTION_KMS", "KmsKeyArn": key}
    source = studio.upload(clips.video(), f"{unique}/in.mp4")
    target = group(
        f"s3://{studio.bucket}/{unique}/out", video(), DestinationSettings={"S3Settings": {"Encryption": encryption}}
    )

    studio.run(job_settings(source, target))

    head = studio.s3.head_object(Bucket=studio.bucket, Key=f"{unique}/out-video.mp4")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    assert head["ContentType"] == "video/mp4"


def test_a_template_gives_what_the_job_leaves_out(studio: Studio, clips: Clips, unique: str) -> None:
    source = studio.upload(clips.video(), f"{unique}/in.mp4")
    settings = job_settings("s3://replaced/by-the-job", group("s3://replaced/by-the-job", video(Height=180)))
    del settings["Inputs"][0]["FileInput"]  # a template has no source
    queue = studio.mediaconvert.create_queue(Name=unique)["Queue"]["Arn"]
    studio.mediaconvert.create_job_template(Name=unique, Settings=settings, Queue=queue, Priority=7)
    destination = {"FileGroupSettings": {"Destination": f"s3://{studio.bucket}/{unique}/out"}}
    own = {"Inputs": [{"FileInput": source}], "OutputGroups": [{"OutputGroupSettings": destination}]}

    job = studio.run(own, JobTemplate=unique)

    assert job["Status"] == "COMPLETE", job.get("ErrorMessage")
    assert (job["Queue"], job["Priority"], job["JobTemplate"]) == (queue, 7, unique)
    assert size_of(describe_video(studio.fetch(f"{unique}/out-video.mp4"))) == "320x180"


def test_each_change_of_a_job_is_an_event(studio: Studio, clips: Clips, client: Client, unique: str) -> None:
    events = subscribe(client, unique, "aws.mediaconvert")
    source = studio.upload(clips.video(), f"{unique}/in.mp4")
    poster = frames("-poster", MaxCaptures=1)
    target = group(f"s3://{studio.bucket}/{unique}/out", video(), poster)

    job = studio.run(job_settings(source, target), UserMetadata={"assetIndex": "3"})

    received = events(lambda seen: any(event["detail"]["status"] == "COMPLETE" for event in seen))
    mine = [event for event in received if event["detail"]["jobId"] == job["Id"]]
    assert [event["detail"]["status"] for event in mine] == ["PROGRESSING", "INPUT_INFORMATION", "COMPLETE"]
    complete = mine[-1]
    assert complete["detail-type"] == "MediaConvert Job State Change"
    assert complete["resources"] == [job["Arn"]]
    assert complete["detail"]["userMetadata"] == {"assetIndex": "3"}
    outputs = complete["detail"]["outputGroupDetails"][0]["outputDetails"]
    assert outputs[0]["outputFilePaths"] == [f"s3://{studio.bucket}/{unique}/out-video.mp4"]
    assert outputs[0]["durationInMs"] == pytest.approx(1000, abs=60)
    assert outputs[0]["videoDetails"].items() >= {"widthInPx": 640, "heightInPx": 360}.items()
    assert outputs[1]["outputFilePaths"] == [f"s3://{studio.bucket}/{unique}/out-poster.0000000.jpg"]


@pytest.mark.parametrize(
    ("clip", "code"), [(Clips.broken, 1010), (Clips.sound_only, 1020)], ids=["no media", "sound without video"]
)
def test_an_input_that_cannot_be_read_ends_the_job_with_the_services_code(
    studio: Studio, clips: Clips, unique: str, clip: Callable[[Clips], Path], code: int
) -> None:
    source = studio.upload(clip(clips), f"{unique}/in.mp4")

    job = studio.run(job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", video())))

    assert (job["Status"], job["ErrorCode"]) == ("ERROR", code)
    assert source in job["ErrorMessage"]


@pytest.mark.parametrize("place", ["input", "output"])
def test_a_bucket_or_object_that_is_not_there_is_1404(studio: Studio, clips: Clips, unique: str, place: str) -> None:
    source = studio.upload(clips.video(), f"{unique}/in.mp4")
    missing = f"s3://{studio.bucket}/{unique}/nothing.mp4" if place == "input" else source
    target = f"s3://{studio.bucket}/{unique}/out" if place == "input" else "s3://no-such-bucket-of-ours/out"

    job = studio.run(job_settings(missing, group(target, video())))

    assert (job["Status"], job["ErrorCode"]) == ("ERROR", 1404)


def test_an_error_is_an_event_with_code_and_message(studio: Studio, client: Client, unique: str) -> None:
    events = subscribe(client, unique, "aws.mediaconvert")
    settings = job_settings(f"s3://{studio.bucket}/nothing", group(f"s3://{studio.bucket}/{unique}", video()))

    job = studio.run(settings)

    received = events(lambda seen: any(event["detail"]["status"] == "ERROR" for event in seen))
    detail = next(each["detail"] for each in received if each["detail"]["status"] == "ERROR")
    assert (detail["jobId"], detail["errorCode"]) == (job["Id"], 1404)
    assert detail["errorMessage"] == job["ErrorMessage"]


def test_a_role_that_does_not_exist_or_does_not_trust_the_service_ends_the_job(
    studio: Studio, lambda_role: str, bucket: str
) -> None:
    settings = job_settings(f"s3://{bucket}/in.mp4", group(f"s3://{bucket}/out", video()))
    codes = []
    for role in (studio.role + "-not", lambda_role):
        studio.role = role
        codes.append(studio.run(settings)["ErrorCode"])

    assert codes == [1433, 1434]


def test_a_canceled_job_stops_and_leaves_nothing(
    studio: Studio, clips: Clips, emulator: "LocalStack", unique: str
) -> None:
    source = studio.upload(clips.long(), f"{unique}/in.mp4")
    job_id = studio.start(job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", video())))

    def transcoding() -> bool:
        return bool(studio.mediaconvert.get_job(Id=job_id)["Job"].get("CurrentPhase") == "TRANSCODING")

    wait_until(transcoding)
    studio.mediaconvert.cancel_job(Id=job_id)

    assert finished(studio.mediaconvert, job_id)["Status"] == "CANCELED"
    assert "Contents" not in studio.s3.list_objects_v2(Bucket=studio.bucket, Prefix=f"{unique}/out")
    folder = emulator.log.parent / "tmp"
    assert wait_until(lambda: not list(folder.glob("**/mediaconvert-*")))


def test_a_paused_queue_holds_its_jobs_until_it_is_active_again(studio: Studio, clips: Clips, unique: str) -> None:
    source = studio.upload(clips.video(), f"{unique}/in.mp4")
    studio.mediaconvert.create_queue(Name=unique, Status="PAUSED")
    settings = job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", video()))
    held = studio.start(settings, Queue=unique)
    passed = studio.run(settings)

    assert passed["Status"] == "COMPLETE"
    assert studio.mediaconvert.get_job(Id=held)["Job"]["Status"] == "SUBMITTED"
    assert studio.mediaconvert.get_queue(Name=unique)["Queue"]["SubmittedJobsCount"] == 1
    studio.mediaconvert.update_queue(Name=unique, Status="ACTIVE")
    assert finished(studio.mediaconvert, held)["Status"] == "COMPLETE"


def test_a_repeated_request_gives_the_first_ones_job(studio: Studio, clips: Clips, unique: str) -> None:
    source = studio.upload(clips.video(), f"{unique}/in.mp4")
    settings = job_settings(source, group(f"s3://{studio.bucket}/{unique}/out", video()))

    first, second, other = (studio.start(settings, ClientRequestToken=token) for token in ("a", "a", "b"))

    assert first == second != other
