"""MediaConvert: queue, job template and the role it works with (requirements, 1.6)."""

import json

from constructs import Construct

from handlers.contract.keys import Stage
from handlers.files import transcode
from modules import aws
from modules.encryption import Encryption
from modules.environments.environment import Environment
from modules.policy import WRITE, trust
from modules.resource_names import JOB_TEMPLATE, MEDIACONVERT_QUEUE, MEDIACONVERT_ROLE
from modules.roles import role_with_policy
from modules.storage import Storage


class Transcoding(Construct):
    """Queue ``toq-media-queue``, template ``toq-media-video-preset``, role ``MediaConvert_Default_Role``.

    The AWS provider has no job template: a CloudFormation stack holds it.

    Attributes
    ----------
    queue_arn, role_arn
        ARNs of the queue and the role that a job is created with.
    template
        Name of the job template.
    stack
        CloudFormation stack that holds the template.
    """

    def __init__(self, scope: Construct, environment: Environment, storage: Storage, encryption: Encryption) -> None:
        super().__init__(scope, "transcoding")
        self._environment = environment
        self.template = environment.named(JOB_TEMPLATE)
        self.queue_arn: str = self._build_queue().arn
        self.stack = self._build_template()
        self.role_arn: str = self._build_role(storage, encryption).arn

    def _build_queue(self) -> aws.MediaConvertQueue:
        return aws.MediaConvertQueue(
            self,
            "media",
            name=self._environment.named(MEDIACONVERT_QUEUE),
            description="Videos of listings",
            pricing_plan="ON_DEMAND",
            status="ACTIVE",
        )

    def _build_template(self) -> aws.CloudformationStack:
        properties = {
            "Name": self.template,
            "Description": "MP4 1080p and 720p, and a poster frame",
            "Category": "TOQ",
            "Priority": 0,  # normal
            "Queue": self.queue_arn,
            "SettingsJson": transcode.template_settings(),
        }
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "MediaConvert job template of the TOQ media pipeline",
            "Resources": {"JobTemplate": {"Type": "AWS::MediaConvert::JobTemplate", "Properties": properties}},
            "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["JobTemplate", "Arn"]}}},
        }
        return aws.CloudformationStack(
            self, "job_template", name=self.template, template_body=json.dumps(template), on_failure="DELETE"
        )

    def _build_role(self, storage: Storage, encryption: Encryption) -> aws.IamRole:
        role, _ = role_with_policy(
            self,
            "mediaconvert",
            [
                storage.allow_reading("ReadRawVideos", f"*/{Stage.RAW}/video/*"),
                storage.allow_writing("WriteRenditions", f"*/{Stage.PROCESSED}/video/*", f"*/{Stage.THUMB}/video/*"),
                encryption.use_through("s3", WRITE, "UseKeyThroughS3"),
            ],
            "media",
            name=self._environment.named(MEDIACONVERT_ROLE),
            description="MediaConvert reads raw videos and writes their renditions",
            assume_role_policy=trust("mediaconvert.amazonaws.com", account_id=self._environment.account_id),
        )
        return role
