"""Amazon SNS: topics, their policies and subscriptions."""

import json
from typing import ClassVar

from toq_aws_provider.aws_calls import tag_list, tag_map
from toq_aws_provider.name_generation import choose_name
from toq_aws_provider.resource import Resource, Tagging
from toq_aws_provider.resources.text_attributes import TextAttributes, boolean, changes, from_api, to_api
from toq_aws_provider.values import Object

NOT_FOUND = ("NotFound", "NotFoundException")


# AWS page: "SetTopicAttributes" (Amazon SNS API).
_TOPIC: TextAttributes = {
    "delivery_policy": ("DeliveryPolicy", str),
    "display_name": ("DisplayName", str),
    "kms_master_key_id": ("KmsMasterKeyId", str),
    "policy": ("Policy", str),
    "signature_version": ("SignatureVersion", int),
    "tracing_config": ("TracingConfig", str),
}
# AWS page: "SetSubscriptionAttributes" (Amazon SNS API).
_SUBSCRIPTION: TextAttributes = {
    "delivery_policy": ("DeliveryPolicy", str),
    "filter_policy": ("FilterPolicy", str),
    "filter_policy_scope": ("FilterPolicyScope", str),
    "raw_message_delivery": ("RawMessageDelivery", boolean),
    "redrive_policy": ("RedrivePolicy", str),
    "subscription_role_arn": ("SubscriptionRoleArn", str),
}
_FEEDBACK_PROTOCOLS = ("application", "firehose", "http", "lambda", "sqs")


class Topic(Resource):
    type = "aws_sns_topic"
    service = "sns"
    settles: ClassVar = {f"{protocol}_success_feedback_sample_rate": 0 for protocol in _FEEDBACK_PROTOCOLS}
    json_documents = ("delivery_policy",)
    policy_documents = ("policy",)
    unsupported_attributes = (
        "archive_policy", "content_based_deduplication", "fifo_throughput_scope", "fifo_topic",
        *(
        f"{protocol}_{feedback}"
        for protocol in _FEEDBACK_PROTOCOLS
        for feedback in (
            "failure_feedback_role_arn", "success_feedback_role_arn", "success_feedback_sample_rate",
        )),
    )  # fmt: skip
    not_found_codes = NOT_FOUND
    tagging = Tagging("ResourceArn", items=("Key", "Value"))

    def create(self, planned: Object) -> str:
        arn: str = self.api.create_topic(
            Name=choose_name(planned), Attributes=to_api(planned, _TOPIC), Tags=tag_list(planned["tags_all"])
        )["TopicArn"]
        return arn

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_topic_attributes(TopicArn=identifier)["Attributes"]
        return {
            "display_name": "",
            "kms_master_key_id": "",
            "signature_version": 0,
            **from_api(actual, _TOPIC),
            "arn": identifier,
            "name": identifier.rpartition(":")[2],
            "owner": actual["Owner"],
            "tags_all": tag_map(self.api.list_tags_for_resource(ResourceArn=identifier)["Tags"]),
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        for name, text in changes(old, new, _TOPIC).items():
            self.api.set_topic_attributes(TopicArn=identifier, AttributeName=name, AttributeValue=text)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.delete_topic(TopicArn=identifier)


class TopicPolicy(Resource):
    type = "aws_sns_topic_policy"
    service = "sns"
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
    json_documents = ("delivery_policy", "filter_policy", "redrive_policy")
    unsupported_attributes = ("confirmation_timeout_in_minutes", "endpoint_auto_confirms", "replay_policy")
    not_found_codes = NOT_FOUND

    def create(self, planned: Object) -> str:
        arn: str = self.api.subscribe(
            TopicArn=planned["topic_arn"],
            Protocol=planned["protocol"],
            Endpoint=planned["endpoint"],
            Attributes=to_api(planned, _SUBSCRIPTION),
            ReturnSubscriptionArn=True,  # also while the receiver has not confirmed
        )["SubscriptionArn"]
        return arn

    def read(self, identifier: str, state: Object) -> Object | None:
        actual = self.api.get_subscription_attributes(SubscriptionArn=identifier)["Attributes"]
        return {
            "delivery_policy": "",
            "filter_policy": "",
            **from_api(actual, _SUBSCRIPTION),
            "arn": identifier,
            "confirmation_was_authenticated": boolean(actual.get("ConfirmationWasAuthenticated", "false")),
            "endpoint": actual["Endpoint"],
            "owner_id": actual["Owner"],
            "pending_confirmation": boolean(actual.get("PendingConfirmation", "false")),
            "protocol": actual["Protocol"],
            "topic_arn": actual["TopicArn"],
        }

    def update(self, identifier: str, old: Object, new: Object) -> None:
        for name, text in changes(old, new, _SUBSCRIPTION).items():
            self.api.set_subscription_attributes(SubscriptionArn=identifier, AttributeName=name, AttributeValue=text)

    def delete(self, identifier: str, state: Object) -> None:
        self.api.unsubscribe(SubscriptionArn=identifier)
