"""MediaConvert settings: right for every source, accepted by the API's own model, and of the Basic price tier."""

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract.batch import Batch
from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.contract.keys import MediaKey
from handlers.contract.media_types import MediaType
from handlers.files import transcode
from handlers.files.hdr import Hdr
from handlers.files.isobmff import VideoProbe
from handlers.files.transcode import fitted, job_request, output_keys, settings_version, template_settings
from tests.support.builders import BUCKET, DATE, EXECUTION_ARN, raw_key

RAW = MediaKey.parse(raw_key("walk through.mp4", MediaType.VIDEO_HORIZONTAL))


def source(
    width: int = 3840, height: int = 2160, *, sound: bool = True, rate: float | None = 29.97, hdr: Hdr | None = None
) -> VideoProbe:
    return VideoProbe(width, height, 0, 12.0, rate, has_sound=sound, codec="hvc1", hdr=hdr)


def request(batch: Batch, probe: VideoProbe, raw: MediaKey = RAW) -> dict[str, Any]:
    return job_request(raw, BUCKET, probe, batch, 3, EXECUTION_ARN)


def outputs(settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {output["NameModifier"]: output for group in settings["OutputGroups"] for output in group["Outputs"]}


def size(output: dict[str, Any]) -> tuple[int, int]:
    return output["VideoDescription"]["Width"], output["VideoDescription"]["Height"]


def problems(operation: str, parameters: dict[str, Any]) -> str:
    model = botocore.session.get_session().get_service_model("mediaconvert").operation_model(operation)
    assert model.input_shape is not None
    return str(ParamValidator().validate(parameters, model.input_shape).generate_report())


@pytest.mark.parametrize(
    "probe", [source(), source(hdr=Hdr.HLG), source(1080, 1920, sound=False, rate=119.88), source(640, 272, rate=None)]
)
def test_jobs_are_valid_to_the_api(batch: Batch, probe: VideoProbe) -> None:
    names = {"JobTemplate": "toq-media-video-preset", "Queue": "q", "Role": "arn:aws:iam::1:role/x"}
    assert problems("CreateJob", request(batch, probe) | names) == ""


def test_the_template_is_valid_to_the_api() -> None:
    assert problems("CreateJobTemplate", {"Name": "x", "Settings": template_settings()}) == ""


def test_a_job_repeats_the_template_but_for_the_source_and_the_places(batch: Batch) -> None:
    job, template = request(batch, source(1920, 1080))["Settings"], template_settings()
    for group in job["OutputGroups"]:
        del group["OutputGroupSettings"]["FileGroupSettings"]["Destination"]
    del job["Inputs"][0]["FileInput"]
    assert job == template


def test_outputs_stand_where_output_keys_says(batch: Batch) -> None:
    videos, posters = request(batch, source())["Settings"]["OutputGroups"]
    place = videos["OutputGroupSettings"]["FileGroupSettings"]["Destination"]
    poster_place = posters["OutputGroupSettings"]["FileGroupSettings"]["Destination"]
    written = {
        "1080p": f"{place}-1080p.mp4",
        "720p": f"{place}-720p.mp4",
        "poster": f"{poster_place}-poster.0000000.jpg",
    }
    assert written == {name: f"s3://{BUCKET}/{key}" for name, key in output_keys(RAW).items()}
    assert output_keys(RAW)["1080p"] == f"42/processed/video/horizontal/{DATE}/walk through-1080p.mp4"


@pytest.mark.parametrize(
    ("probe", "large", "small"),
    [
        (source(3840, 2160), (1920, 1080), (1280, 720)),
        (source(2160, 3840), (1080, 1920), (720, 1280)),
        (source(1920, 1080), (1920, 1080), (1280, 720)),
        (source(1280, 720), (1280, 720), (1280, 720)),
        (source(640, 271), (640, 270), (640, 270)),
        (source(1080, 1080), (1080, 1080), (720, 720)),
        (source(8192, 1080), (4096, 540), (4096, 540)),
        (source(16, 16), (32, 32), (32, 32)),
    ],
)
def test_videos_are_shrunk_to_their_lines_and_never_enlarged(
    batch: Batch, probe: VideoProbe, large: tuple[int, int], small: tuple[int, int]
) -> None:
    found = outputs(request(batch, probe)["Settings"])
    assert (size(found["-1080p"]), size(found["-720p"])) == (large, small)
    assert {output["VideoDescription"]["ScalingBehavior"] for output in found.values()} == {"FIT_NO_UPSCALE"}


@given(st.integers(32, 8192), st.integers(32, 8192), st.sampled_from((1080, 720)))
def test_sizes_are_even_keep_the_shape_and_stay_within_source_and_lines(width: int, height: int, lines: int) -> None:
    found = fitted(source(width, height), lines)
    assert found[0] % 2 == found[1] % 2 == 0
    assert found[0] <= width
    assert found[1] <= height
    assert min(found) <= lines
    if min(found) > 32:
        assert abs(found[0] / found[1] - width / height) < 3 * max(width / height, 1) / min(found)


def test_rotation_is_left_to_mediaconvert_which_knows_the_container(batch: Batch) -> None:
    assert request(batch, source())["Settings"]["Inputs"][0]["VideoSelector"] == {"Rotate": "AUTO"}


def test_sound_is_made_only_of_sound(batch: Batch) -> None:
    silent = request(batch, source(sound=False))["Settings"]
    assert "AudioSelectors" not in silent["Inputs"][0]
    assert not any("AudioDescriptions" in output for output in outputs(silent).values())
    loud = outputs(request(batch, source())["Settings"])
    assert loud["-1080p"]["AudioDescriptions"][0]["CodecSettings"]["Codec"] == "AAC"
    assert "AudioDescriptions" not in loud["-poster"]


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (None, None),
        (23.976, None),
        (24.0, None),
        (60.0, None),
        (119.88, (60_000, 1001)),
        (120.0, (60, 1)),
        (100.0, (50, 1)),
        (240.0, (60, 1)),
        (90.0, (45, 1)),
    ],
)
def test_frames_follow_the_source_and_slow_motion_is_thinned_out(
    batch: Batch, rate: float | None, expected: tuple[int, int] | None
) -> None:
    video = outputs(request(batch, source(rate=rate))["Settings"])["-1080p"]
    h264 = video["VideoDescription"]["CodecSettings"]["H264Settings"]
    if expected is None:
        assert h264["FramerateControl"] == "INITIALIZE_FROM_SOURCE"
        assert "FramerateNumerator" not in h264
    else:
        assert (h264["FramerateNumerator"], h264["FramerateDenominator"]) == expected


@pytest.mark.parametrize(("hdr", "space"), [(Hdr.HLG, "HLG_2020"), (Hdr.PQ, "HDR10")])
def test_hdr_becomes_sdr_in_every_output(batch: Batch, hdr: Hdr, space: str) -> None:
    settings = request(batch, source(hdr=hdr))["Settings"]
    selector = settings["Inputs"][0]["VideoSelector"]
    assert selector == {"Rotate": "AUTO", "ColorSpace": space, "ColorSpaceUsage": "FALLBACK"}
    for output in outputs(settings).values():
        corrector = output["VideoDescription"]["VideoPreprocessors"]["ColorCorrector"]
        assert corrector == {"ColorSpaceConversion": "FORCE_709"}


def test_nothing_of_an_sdr_video_leaves_the_basic_price_tier(batch: Batch) -> None:
    for output in outputs(request(batch, source(rate=240.0))["Settings"]).values():
        codec = output["VideoDescription"]["CodecSettings"]
        assert codec["Codec"] in ("H_264", "FRAME_CAPTURE")
        h264 = codec.get("H264Settings", {"QualityTuningLevel": "SINGLE_PASS_HQ", "CodecProfile": "HIGH"})
        assert h264["QualityTuningLevel"] == "SINGLE_PASS_HQ"
        assert h264["CodecProfile"] == "HIGH"
        assert h264.get("FramerateConversionAlgorithm") != "FRAMEFORMER"
        assert "VideoPreprocessors" not in output["VideoDescription"]


def test_videos_begin_to_play_while_they_are_downloaded() -> None:
    container = outputs(template_settings())["-720p"]["ContainerSettings"]
    assert container == {"Container": "MP4", "Mp4Settings": {"MoovPlacement": "PROGRESSIVE_DOWNLOAD"}}


def test_the_same_video_of_an_attempt_asks_with_the_same_token(batch: Batch) -> None:
    first, second = request(batch, source()), request(batch, source(640, 360))
    assert first["ClientRequestToken"] == second["ClientRequestToken"]
    other = job_request(RAW, BUCKET, source(), batch, 4, EXECUTION_ARN)
    assert other["ClientRequestToken"] != first["ClientRequestToken"]
    assert len(first["ClientRequestToken"]) == 64


def test_settings_are_the_same_in_every_attempt_and_place_and_others_for_another_video(batch: Batch) -> None:
    next_attempt = Batch(7, 42, 1, batch.traceparent, batch.manifest_prefix.replace("7-0", "7-1"))
    version = settings_version(request(batch, source()))
    assert settings_version(job_request(RAW, BUCKET, source(), next_attempt, 4, "another execution")) == version
    assert settings_version(request(batch, source(640, 360))) != version


def test_another_template_is_another_version_of_the_settings(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    job = request(batch, source())
    version = settings_version(job)
    monkeypatch.setattr(transcode, "POSTER_LINES", 480)
    assert settings_version(job) != version


def test_the_reconciler_finds_batch_and_execution_in_the_metadata(batch: Batch) -> None:
    metadata = request(batch, source())["UserMetadata"]
    assert metadata["executionArn"] == EXECUTION_ARN
    assert metadata["manifestPrefix"] == batch.manifest_prefix
    assert all(isinstance(value, str) for value in metadata.values())


def test_a_name_that_mediaconvert_would_expand_is_refused(batch: Batch) -> None:
    raw = MediaKey.parse(raw_key("$dt$.mp4", MediaType.VIDEO_VERTICAL))
    with pytest.raises(AssetError) as caught:
        request(batch, source(), raw)
    assert caught.value.code is AssetErrorCode.KEY_NOT_ALLOWED
