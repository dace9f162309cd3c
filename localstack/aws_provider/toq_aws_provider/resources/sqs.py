"""Amazon SQS: queues, their policies and what may use them as a dead-letter queue."""

from collections.abc import Callable
from typing import ClassVar

from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object, Value

NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


def _boolean(text: str) -> bool:
    return text.lower() == "true"


# Terraform attribute -> SQS attribute and how to read its text.
# AWS page: "SetQueueAttributes" (Amazon SQS API Reference).
_ATTRIBUTES: dict[str, tuple[str, Callable[[str], Value]]] = {
    "content_based_deduplication": ("ContentBasedDeduplication", _boolean),
    "deduplication_scope": ("DeduplicationScope", str),
    "delay_seconds": ("DelaySeconds", int),
    "fifo_queue": ("FifoQueue", _boolean),
    "fifo_throughput_limit": ("FifoThroughputLimit", str),
    "kms_data_key_reuse_period_seconds": ("KmsDataKeyReusePeriodSeconds", int),
    "kms_master_key_id": ("KmsMasterKeyId", str),
    "max_message_size": ("MaximumMessageSize", int),
    "message_retention_seconds": ("MessageRetentionPeriod", int),
    "policy": ("Policy", str),
    "receive_wait_time_seconds": ("ReceiveMessageWaitTimeSeconds", int),
    "redrive_allow_policy": ("RedriveAllowPolicy", str),
    "redrive_policy": ("RedrivePolicy", str),
    "sqs_managed_sse_enabled": ("SqsManagedSseEnabled", _boolean),
    "visibility_timeout_seconds": ("VisibilityTimeout", int),
}
_FIFO_ONLY = ("content_based_deduplication", "deduplication_scope", "fifo_queue", "fifo_throughput_limit")


def _to_api(queue: Object) -> dict[str, str]:
    names = [name for name in _ATTRIBUTES if queue["fifo_queue"] or name not in _FIFO_ONLY]
    return {_ATTRIBUTES[name][0]: _text(queue[name]) for name in names if queue[name] not in (None, "")}


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Queue(Resource):
    type = "aws_sqs_queue"
    service = "sqs"
    requires_replace = ("fifo_queue", "name", "name_prefix")
    defaults: ClassVar = {
        "content_based_deduplication": False,
        "delay_seconds": 0,
        "fifo_queue": False,
        "max_message_size": 262_144,
        "message_retention_seconds": 345_600,
        "receive_wait_time_seconds": 0,
        "visibility_timeout_seconds": 30,
    }
    json_documents = ("redrive_allow_policy", "redrive_policy")
    policy_documents = ("policy",)
    not_found_codes = NO_QUEUE
    tagging = Tagging("QueueUrl", tag="tag_queue", untag="untag_queue")

    def create(self, planned: Object) -> str:
        url: str = self.api.create_queue(
            QueueName=choose_name(planned), Attributes=_to_api(planned), tags=planned["tags_all"] or {}
        )["QueueUrl"]
        return url

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_queue_attributes(QueueUrl=identifier, AttributeNames=["All"])["Attributes"]
        known = {name: parse(actual[api]) for name, (api, parse) in _ATTRIBUTES.items() if api in actual}
        arn = actual["QueueArn"]
        return {
            **dict.fromkeys(("policy", "redrive_policy", "redrive_allow_policy", "kms_master_key_id"), ""),
            **dict.fromkeys(("fifo_queue", "content_based_deduplication"), False),
            "kms_data_key_reuse_period_seconds": 300,
            **known,
            "arn": arn,
            "name": arn.rpartition(":")[2],
            "url": identifier,
            "tags_all": self.api.list_queue_tags(QueueUrl=identifier).get("Tags", {}),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        before, after = _to_api(old), _to_api(new)
        changed = {name: text for name, text in after.items() if before.get(name) != text}
        removed = dict.fromkeys(before.keys() - after.keys(), "")
        if changed or removed:
            self.api.set_queue_attributes(QueueUrl=identifier, Attributes={**removed, **changed})

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_queue(QueueUrl=identifier)


class _QueueDocument(Resource):
    """One JSON attribute of a queue, managed apart from the queue because it names other resources."""

    service = "sqs"
    requires_replace = ("queue_url",)
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
