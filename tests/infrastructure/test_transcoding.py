"""MediaConvert as the requirements describe it (section 1.6)."""

import json

from tests.support.infrastructure.emitted import Terraform


def test_job_template_is_a_cloudformation_stack_with_mp4_and_poster(stack: Terraform) -> None:
    template = json.loads(stack.one("aws_cloudformation_stack.job_template")["template_body"])
    [resource] = template["Resources"].values()
    assert resource["Type"] == "AWS::MediaConvert::JobTemplate"
    assert resource["Properties"]["Name"] == stack.environment.named("toq-media-video-preset")
    assert resource["Properties"]["Priority"] == 0
    videos, poster = resource["Properties"]["SettingsJson"]["OutputGroups"]
    assert [output["VideoDescription"]["Height"] for output in videos["Outputs"]] == [1080, 720]
    assert [output["ContainerSettings"]["Container"] for output in videos["Outputs"]] == ["MP4", "MP4"]
    assert poster["Outputs"][0]["VideoDescription"]["CodecSettings"]["Codec"] == "FRAME_CAPTURE"


def test_transcoding_has_its_queue_and_role(stack: Terraform) -> None:
    queue = stack.one("aws_media_convert_queue.media")
    assert queue["name"] == stack.environment.named("toq-media-queue")
    assert queue["pricing_plan"] == "ON_DEMAND"
    role = stack.one("aws_iam_role.mediaconvert")
    assert role["name"] == stack.environment.named("MediaConvert_Default_Role")
    actions = {
        action
        for statement in stack.policy("aws_iam_role_policy.mediaconvert_policy")["Statement"]
        for action in statement["Action"]
    }
    assert actions == {"s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"}
