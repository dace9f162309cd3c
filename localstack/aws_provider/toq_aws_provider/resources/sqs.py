"""Amazon SQS: queues, their policies and what may use them as a dead-letter queue."""

from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.resources.text_attributes import TextAttributes, boolean, changes, from_api, to_api
from toq_aws_provider.values import Object

NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


# AWS page: "SetQueueAttributes" (Amazon SQS API Reference).
_ATTRIBUTES: TextAttributes = {
    "delay_seconds": ("DelaySeconds", int),
    "kms_data_key_reuse_period_seconds": ("KmsDataKeyReusePeriodSeconds", int),
    "kms_master_key_id": ("KmsMasterKeyId", str),
    "max_message_size": ("MaximumMessageSize", int),
    "message_retention_seconds": ("MessageRetentionPeriod", int),
    "policy": ("Policy", str),
    "receive_wait_time_seconds": ("ReceiveMessageWaitTimeSeconds", int),
    "redrive_allow_policy": ("RedriveAllowPolicy", str),
    "redrive_policy": ("RedrivePolicy", str),
    "sqs_managed_sse_enabled": ("SqsManagedSseEnabled", boolean),
    "visibility_timeout_seconds": ("VisibilityTimeout", int),
}


class Queue(Resource):
    type = "aws_sqs_queue"
    service = "sqs"
    json_documents = ("redrive_allow_policy", "redrive_policy")
    policy_documents = ("policy",)
    unsupported_attributes = (
        "content_based_deduplication", "deduplication_scope", "fifo_queue", "fifo_throughput_limit",
    )  # fmt: skip
    not_found_codes = NO_QUEUE
    tagging = Tagging("QueueUrl", tag="tag_queue", untag="untag_queue")

    def create(self, planned: Object) -> str:
        url: str = self.api.create_queue(
            QueueName=choose_name(planned), Attributes=to_api(planned, _ATTRIBUTES), tags=planned["tags_all"] or {}
        )["QueueUrl"]
        return url

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_queue_attributes(QueueUrl=identifier, AttributeNames=["All"])["Attributes"]
        arn = actual["QueueArn"]
        return {
            **dict.fromkeys(("policy", "redrive_policy", "redrive_allow_policy", "kms_master_key_id"), ""),
            "kms_data_key_reuse_period_seconds": 300,
            **from_api(actual, _ATTRIBUTES),
            "arn": arn,
            "name": arn.rpartition(":")[2],
            "url": identifier,
            "tags_all": self.api.list_queue_tags(QueueUrl=identifier).get("Tags", {}),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        if changed := changes(old, new, _ATTRIBUTES):
            self.api.set_queue_attributes(QueueUrl=identifier, Attributes=changed)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_queue(QueueUrl=identifier)


class _QueueDocument(Resource):
    """One JSON attribute of a queue, managed apart from the queue because it names other resources."""

    service = "sqs"
    not_found_codes = NO_QUEUE
    attribute: str
    api_attribute: str

    def create(self, planned: Object) -> str:
        self._set(planned["queue_url"], planned[self.attribute])
        return str(planned["queue_url"])

    def read(self, identifier: str, state: Object) -> Object | None:
        answer = self.api.get_queue_attributes(QueueUrl=identifier, AttributeNames=[self.api_attribute])
        document = answer.get("Attributes", {}).get(self.api_attribute)
        return {"queue_url": identifier, self.attribute: document} if document else None

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self._set(identifier, new[self.attribute])

    def delete(self, identifier: str, state: Object) -> None:
        self._set(identifier, "")

    def _set(self, url: str, document: str) -> None:
        self.api.set_queue_attributes(QueueUrl=url, Attributes={self.api_attribute: document})


class QueuePolicy(_QueueDocument):
    type = "aws_sqs_queue_policy"
    policy_documents = ("policy",)
    attribute, api_attribute = "policy", "Policy"


class RedriveAllowPolicy(_QueueDocument):
    type = "aws_sqs_queue_redrive_allow_policy"
    json_documents = ("redrive_allow_policy",)
    attribute, api_attribute = "redrive_allow_policy", "RedriveAllowPolicy"
