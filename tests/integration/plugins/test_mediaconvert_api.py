"""MediaConvert's API: what it refuses and with which path, and the life of queues, templates and tags."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from handlers.files.transcode import template_settings
from tests.integration.plugins.conftest import clients_of
from tests.support.plugins.jobs import Settings, film, group, job_settings, stills

if TYPE_CHECKING:
    from mypy_boto3_mediaconvert import MediaConvertClient

    from localstack.local_platform.localstack_process import LocalStack


def usable() -> Settings:
    """Settings with nothing wrong in them."""
    return job_settings("s3://bucket/in.mp4", group("s3://bucket/out", film()))


def without(path: str) -> Callable[[Settings], None]:
    """Remove a member, given as ``a.0.b``."""

    def change(settings: Settings) -> None:
        *way, last = path.split(".")
        place: Any = settings
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        del place[last]

    return change


def setting(path: str, value: Any) -> Callable[[Settings], None]:
    """Set a member, given as ``a.0.b``."""

    def change(settings: Settings) -> None:
        *way, last = path.split(".")
        place: Any = settings
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        place[last] = value

    return change


OUTPUT = "OutputGroups.0.Outputs.0"
H264 = f"{OUTPUT}.VideoDescription.CodecSettings.H264Settings"
AUDIO = f"{OUTPUT}.AudioDescriptions.0"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (setting("Inputs", []), "/inputs: Should have at least 1 items"),
        (without("Inputs.0.FileInput"), "/inputs/0: Should have required property 'fileInput'"),
        (setting("Inputs.0.FileInput", "ftp://host/in.mp4"), "/inputs/0/fileInput: Should match pattern"),
        (setting("OutputGroups", []), "/outputGroups: Should have at least 1 items"),
        (
            without("OutputGroups.0.OutputGroupSettings.Type"),
            "/outputGroups/0/outputGroupSettings: Should have required",
        ),
        (
            without("OutputGroups.0.OutputGroupSettings.FileGroupSettings.Destination"),
            "/outputGroups/0/outputGroupSettings/fileGroupSettings: Should have required property 'destination'",
        ),
        (setting("OutputGroups.0.Outputs", []), "/outputGroups/0/outputs: Should have at least 1 items"),
        (without(f"{OUTPUT}.ContainerSettings"), "/outputGroups/0/outputs/0: Should have required property 'container"),
        (setting(f"{OUTPUT}.VideoDescription.Width", 9000), "/outputs/0/videoDescription/width: Should be <= 8192"),
        (
            setting(f"{OUTPUT}.VideoDescription.Width", 641),
            "/outputs/0/videoDescription/width: Should be multiple of 2",
        ),
        (setting(f"{H264}.RateControlMode", "GUESS"), "/rateControlMode: Should be equal to one of the allowed values"),
        (setting(f"{H264}.QvbrSettings.QvbrQualityLevel", 11), "/qvbrSettings/qvbrQualityLevel: Should be <= 10"),
        (without(f"{H264}.MaxBitrate"), "/h264Settings: Should have required property 'maxBitrate'"),
        (setting(f"{H264}.Bitrate", 1_000_000), "/h264Settings/bitrate: Should not be set"),
        (setting(f"{H264}.GopClosedCadence", "1"), "/h264Settings/gopClosedCadence: Should be integer"),
        (
            without(f"{AUDIO}.CodecSettings.AacSettings.Bitrate"),
            "/aacSettings: Should have required property 'bitrate'",
        ),
        (
            setting(f"{AUDIO}.AudioSourceName", "Audio Selector 2"),
            "/audioDescriptions/0/audioSourceName: Input 0 has no",
        ),
        (
            setting("OutputGroups.0.Outputs", [film("-a"), film("-a")]),
            "/outputGroups/0/outputs/1/nameModifier: Outputs of a group should have different names",
        ),
        (
            setting("OutputGroups.0.Outputs", [stills()]),
            "/outputGroups: A job with frame capture outputs must also have an output of another kind",
        ),
        (
            setting("OutputGroups.0.OutputGroupSettings", {"Type": "HLS_GROUP_SETTINGS"}),
            "/outputGroups/0/outputGroupSettings/type: The local MediaConvert writes file groups only",
        ),
    ],
)
def test_settings_that_the_service_would_refuse_are_refused_with_their_path(
    emulator: "LocalStack", mediaconvert_role: str, change: Callable[[Settings], None], message: str
) -> None:
    unchecked = clients_of(emulator, parameter_validation=False)("mediaconvert")  # else botocore refuses it first
    settings = usable()
    change(settings)

    with pytest.raises(ClientError) as refused:
        unchecked.create_job(Role=mediaconvert_role, Settings=settings)

    error = refused.value.response["Error"]
    assert error["Code"] == "BadRequestException"
    assert message in error["Message"]


def test_a_member_that_the_model_does_not_know_is_refused(
    mediaconvert: "MediaConvertClient", mediaconvert_role: str
) -> None:
    def misspell(params: dict[str, Any], **_: Any) -> None:
        params["body"] = params["body"].replace(b'"maxBitrate"', b'"maximumBitrate"')

    mediaconvert.meta.events.register("before-call.mediaconvert.CreateJob", misspell)
    try:
        with pytest.raises(ClientError, match="/h264Settings/maximumBitrate: Should not have additional properties"):
            mediaconvert.create_job(Role=mediaconvert_role, Settings=usable())
    finally:
        mediaconvert.meta.events.unregister("before-call.mediaconvert.CreateJob", misspell)


@pytest.mark.parametrize(
    ("request_members", "code"),
    [
        ({"Role": "no-arn"}, "BadRequestException"),
        ({"Queue": "no-such-queue"}, "NotFoundException"),
        ({"JobTemplate": "no-such-template"}, "NotFoundException"),
        ({"ClientRequestToken": "x" * 65}, "BadRequestException"),
    ],
)
def test_a_job_needs_a_role_a_queue_and_a_template_that_are_there(
    mediaconvert: "MediaConvertClient", mediaconvert_role: str, request_members: Any, code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        mediaconvert.create_job(**({"Role": mediaconvert_role, "Settings": usable()} | request_members))

    assert refused.value.response["Error"]["Code"] == code


def test_the_pipelines_template_is_accepted(mediaconvert: "MediaConvertClient", unique: str) -> None:
    made = mediaconvert.create_job_template(Name=unique, Settings=template_settings())["JobTemplate"]  # type: ignore[arg-type]

    assert mediaconvert.get_job_template(Name=unique)["JobTemplate"]["Settings"] == made["Settings"]
    assert made["Arn"].endswith(f":jobTemplates/{unique}")


def test_a_template_is_updated_listed_and_deleted(mediaconvert: "MediaConvertClient", unique: str) -> None:
    mediaconvert.create_job_template(Name=unique, Settings=usable_template(), Category="one", Tags={"a": "1"})
    with pytest.raises(ClientError, match="ConflictException"):
        mediaconvert.create_job_template(Name=unique, Settings=usable_template())

    mediaconvert.update_job_template(Name=unique, Description="changed", Category="two")

    assert [each["Name"] for each in mediaconvert.list_job_templates(Category="two")["JobTemplates"]] == [unique]
    template = mediaconvert.get_job_template(Name=unique)["JobTemplate"]
    assert (template["Description"], len(template["Settings"]["OutputGroups"] or [])) == ("changed", 1)
    mediaconvert.delete_job_template(Name=unique)
    with pytest.raises(ClientError, match="NotFoundException"):
        mediaconvert.get_job_template(Name=unique)


def usable_template() -> Any:
    """Settings without a source."""
    settings = usable()
    del settings["Inputs"][0]["FileInput"]
    return settings


def test_a_queue_is_created_changed_listed_and_deleted(mediaconvert: "MediaConvertClient", unique: str) -> None:
    queue = mediaconvert.create_queue(Name=unique, Description="first")["Queue"]
    with pytest.raises(ClientError, match="ConflictException"):
        mediaconvert.create_queue(Name=unique)

    assert (queue["Status"], queue["PricingPlan"], queue["Type"]) == ("ACTIVE", "ON_DEMAND", "CUSTOM")
    assert mediaconvert.update_queue(Name=unique, Description="second")["Queue"]["Description"] == "second"
    names = [each["Name"] for page in mediaconvert.get_paginator("list_queues").paginate() for each in page["Queues"]]
    assert {"Default", unique} <= set(names)
    mediaconvert.delete_queue(Name=unique)
    with pytest.raises(ClientError, match="NotFoundException"):
        mediaconvert.get_queue(Name=unique)


def test_tags_are_added_listed_and_removed(mediaconvert: "MediaConvertClient", unique: str) -> None:
    arn = mediaconvert.create_queue(Name=unique, Tags={"team": "media"})["Queue"]["Arn"]

    mediaconvert.tag_resource(Arn=arn, Tags={"env": "local"})
    mediaconvert.untag_resource(Arn=arn, TagKeys=["team"])

    assert mediaconvert.list_tags_for_resource(Arn=arn)["ResourceTags"]["Tags"] == {"env": "local"}
    with pytest.raises(ClientError, match="NotFoundException"):
        mediaconvert.list_tags_for_resource(Arn=arn + "-not")


def test_older_clients_are_told_an_endpoint(mediaconvert: "MediaConvertClient") -> None:
    endpoint = mediaconvert.describe_endpoints()["Endpoints"][0]["Url"]

    assert endpoint == mediaconvert.meta.endpoint_url
