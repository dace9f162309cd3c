"""What Cloud Admin hands to the backend team (requirements, section 3)."""

from typing import Any

from cdktf import TerraformOutput
from constructs import Construct

from modules.access import Access
from modules.foundation import Foundation
from modules.functions import RECORDS
from modules.workflow.workflow import Workflow


class Outputs(Construct):
    """Terraform outputs; `python -m operations.outputs` prints them for the backend's ``env.yaml``."""

    def __init__(
        self, scope: Construct, foundation: Foundation, workflow: Workflow, access: Access, callback_api_url: str | None
    ) -> None:
        super().__init__(scope, "outputs")
        environment, encryption = foundation.environment, foundation.encryption
        storage, messaging = foundation.storage, foundation.messaging
        transcoding = workflow.transcoding
        self._give("region", environment.region, "AWS region of everything below")
        self._give("account_id", environment.account_id, "AWS account of everything below")
        self._give("media_bucket", storage.media_bucket, "Bucket that presigned uploads go to")
        self._give("log_bucket", storage.log_bucket, "Bucket of the media bucket's access logs")
        self._give("kms_key_arn", encryption.key_arn, "Key of media, messages, logs and secrets")
        self._give("kms_key_alias", encryption.alias, "Alias of the key")
        self._give("queue_url", messaging.queue.url, "Queue that batches are sent to")
        self._give("queue_arn", messaging.queue.arn, "ARN of the queue of batches")
        self._give("dead_letter_queue_url", messaging.dead_letter_queue.url, "Queue of what failed for good")
        self._give("dead_letter_queue_arn", messaging.dead_letter_queue.arn, "ARN of the dead-letter queue")
        self._give("event_queue_url", messaging.event_queue.url, "Queue of events that reconcile works on")
        self._give("event_dead_letter_queue_url", messaging.event_dead_letter_queue.url, "Queue of events that failed")
        self._give("state_machine_arn", workflow.arn, "State machine that processes batches")
        self._give("backend_role_arn", access.backend.arn, "Role that the backend runs as")
        self._give("admin_role_arn", access.admin.arn, "Break-glass role; needs MFA")
        self._give("project_media_policy_arn", access.project_policy_arn, "Policy for uploads of project media")
        self._give("callback_secret_arn", foundation.callback_secret_arn, "Secret that signs callbacks")
        self._give("alerts_topic_arn", messaging.alerts_arn, "Topic of alarms and failures")
        self._give("mediaconvert_queue_arn", transcoding.queue_arn, "MediaConvert queue")
        self._give("mediaconvert_role_arn", transcoding.role_arn, "Role that MediaConvert works with")
        self._give("mediaconvert_job_template", transcoding.template, "MediaConvert job template")
        self._give("callback_api_url", callback_api_url or "", "Private address that asks for a callback's redelivery")
        arns = {RECORDS[package].name: arn for package, arn in workflow.functions.arns.items()}
        self._give("function_arns", arns, "Lambda functions by name")

    def _give(self, name: str, value: Any, description: str) -> None:
        TerraformOutput(self, name, value=value, description=description)
