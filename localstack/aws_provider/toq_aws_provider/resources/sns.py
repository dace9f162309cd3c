"""Amazon SNS: topics, their policies and subscriptions."""

import json
from collections.abc import Callable
from typing import ClassVar

from toq_aws_provider.aws_calls import tag_list, tag_map
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.values import Object, Value

NOT_FOUND = ("NotFound", "NotFoundException")


def _boolean(text: str) -> bool:
    return text.lower() == "true"


_Readers = dict[str, tuple[str, Callable[[str], Value]]]

# Terraform attribute -> SNS attribute and how to read its text. AWS page: "SetTopicAttributes" (Amazon SNS API).
_TOPIC: _Readers = {
    "archive_policy": ("ArchivePolicy", str),
    "content_based_deduplication": ("ContentBasedDeduplication", _boolean),
    "delivery_policy": ("DeliveryPolicy", str),
    "display_name": ("DisplayName", str),
    "fifo_throughput_scope": ("FifoThroughputScope", str),
    "fifo_topic": ("FifoTopic", _boolean),
    "kms_master_key_id": ("KmsMasterKeyId", str),
    "policy": ("Policy", str),
    "signature_version": ("SignatureVersion", int),
    "tracing_config": ("TracingConfig", str),
}
_FIFO_ONLY = ("content_based_deduplication", "fifo_throughput_scope", "fifo_topic")

# AWS page: "SetSubscriptionAttributes" (Amazon SNS API).
_SUBSCRIPTION: _Readers = {
    "delivery_policy": ("DeliveryPolicy", str),
    "filter_policy": ("FilterPolicy", str),
    "filter_policy_scope": ("FilterPolicyScope", str),
    "raw_message_delivery": ("RawMessageDelivery", _boolean),
    "redrive_policy": ("RedrivePolicy", str),
    "replay_policy": ("ReplayPolicy", str),
    "subscription_role_arn": ("SubscriptionRoleArn", str),
}


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) else str(value)


def _to_api(state: Object, readers: _Readers) -> dict[str, str]:
    skipped = () if state.get("fifo_topic") else _FIFO_ONLY
    names = (name for name in readers if name not in skipped and state[name] not in (None, ""))
    return {readers[name][0]: _text(state[name]) for name in names}


def _from_api(actual: dict[str, str], readers: _Readers) -> Object:
    return {name: parse(actual[api]) for name, (api, parse) in readers.items() if actual.get(api)}


def _changes(old: Object, new: Object, readers: _Readers) -> dict[str, str]:
    """Attributes to set; what went is set to the empty text."""
    before, after = _to_api(old, readers), _to_api(new, readers)
    changed = {name: text for name, text in after.items() if before.get(name) != text}
    return dict.fromkeys(before.keys() - after.keys(), "") | changed


class Topic(Resource):
    type = "aws_sns_topic"
    service = "sns"
    requires_replace = ("fifo_topic", "name", "name_prefix")
    defaults: ClassVar = {"content_based_deduplication": False, "fifo_topic": False}
    json_documents = ("archive_policy", "delivery_policy")
    policy_documents = ("policy",)
    unsupported_attributes = tuple(
        f"{protocol}_{feedback}"
        for protocol in ("application", "firehose", "http", "lambda", "sqs")
        for feedback in (
            "failure_feedback_role_arn", "success_feedback_role_arn", "success_feedback_sample_rate",
        )
    )  # fmt: skip
    not_found_codes = NOT_FOUND
    tagging = Tagging("ResourceArn", items=("Key", "Value"))

    def create(self, planned: Object) -> str:
        arn: str = self.api.create_topic(
            Name=choose_name(planned), Attributes=_to_api(planned, _TOPIC), Tags=tag_list(planned["tags_all"])
        )["TopicArn"]
        return arn

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_topic_attributes(TopicArn=identifier)["Attributes"]
        return {
            "display_name": "",
            "kms_master_key_id": "",
            **_from_api(actual, _TOPIC),
            "arn": identifier,
            "name": identifier.rpartition(":")[2],
            "owner": actual["Owner"],
            "tags_all": tag_map(self.api.list_tags_for_resource(ResourceArn=identifier)["Tags"]),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        for name, text in _changes(old, new, _TOPIC).items():
            self.api.set_topic_attributes(TopicArn=identifier, AttributeName=name, AttributeValue=text)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_topic(TopicArn=identifier)


class TopicPolicy(Resource):
    type = "aws_sns_topic_policy"
    service = "sns"
    requires_replace = ("arn",)
    policy_documents = ("policy",)
    not_found_codes = NOT_FOUND

    def create(self, planned: Object) -> str:
        self._set(planned["arn"], planned["policy"])
        return str(planned["arn"])

    def _set(self, arn: str, policy: str) -> None:
        self.api.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_topic_attributes(TopicArn=identifier)["Attributes"]
        return {"arn": identifier, "owner": actual["Owner"], "policy": actual["Policy"]}

    def update(self, identifier: str, old: Object, new: Object) -> None:
        self._set(identifier, new["policy"])

    def delete(self, identifier: str, state: Object) -> None:
        """A topic always has a policy: go back to the one that AWS gives to a new topic."""
        owner = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                f"SNS:{action}"
                for action in (
                    "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic",
                    "Subscribe", "ListSubscriptionsByTopic", "Publish",
                )
            ],
            "Resource": identifier,
            "Condition": {"StringEquals": {"AWS:SourceOwner": state["owner"]}},
        }  # fmt: skip
        self._set(identifier, json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [owner]}))


class TopicSubscription(Resource):
    type = "aws_sns_topic_subscription"
    service = "sns"
    requires_replace = ("endpoint", "protocol", "topic_arn")
    defaults: ClassVar = {
        "confirmation_timeout_in_minutes": 1,
        "endpoint_auto_confirms": False,
        "raw_message_delivery": False,
    }
    json_documents = ("delivery_policy", "filter_policy", "redrive_policy", "replay_policy")
    not_found_codes = NOT_FOUND

    def create(self, planned: Object) -> str:
        arn: str = self.api.subscribe(
            TopicArn=planned["topic_arn"],
            Protocol=planned["protocol"],
            Endpoint=planned["endpoint"],
            Attributes=_to_api(planned, _SUBSCRIPTION),
            ReturnSubscriptionArn=True,  # also while the receiver has not confirmed
        )["SubscriptionArn"]
        return arn

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_subscription_attributes(SubscriptionArn=identifier)["Attributes"]
        return {
            "delivery_policy": "",
            "filter_policy": "",
            **_from_api(actual, _SUBSCRIPTION),
            "arn": identifier,
            "confirmation_was_authenticated": _boolean(actual.get("ConfirmationWasAuthenticated", "false")),
            "endpoint": actual["Endpoint"],
            "owner_id": actual["Owner"],
            "pending_confirmation": _boolean(actual.get("PendingConfirmation", "false")),
            "protocol": actual["Protocol"],
            "topic_arn": actual["TopicArn"],
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        for name, text in _changes(old, new, _SUBSCRIPTION).items():
            self.api.set_subscription_attributes(SubscriptionArn=identifier, AttributeName=name, AttributeValue=text)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.unsubscribe(SubscriptionArn=identifier)
