"""Queues and the alert topic (requirements, 1.3 and 1.9)."""

import json
from typing import Final

from constructs import Construct

from modules import aws
from modules.encryption import Encryption
from modules.environments.environment import EVENT_VISIBILITY_TIMEOUT, VISIBILITY_TIMEOUT, Environment
from modules.policy import Statement, allow, document, refuse_plain_http
from modules.resource_names import ALERTS_TOPIC, BATCH_QUEUE, DEAD_LETTER_QUEUE, EVENT_DEAD_LETTER_QUEUE, EVENT_QUEUE
from modules.retention import protected

MAX_RECEIVES: Final = 5
# An hour of pauses: a backend that is away for as long as the state machine would bear it costs no callback.
MAX_EVENT_RECEIVES: Final = 6
# Seconds. A dead letter's age counts from when it was first sent (Amazon SQS "Using dead-letter queues"), so that
# what it was in keeps it for less: 14 days are the longest that SQS allows.
_FOUR_DAYS: Final = 4 * 24 * 3600
_TWO_WEEKS: Final = 14 * 24 * 3600


class Messaging(Construct):
    """Queue of batches, queue of events, a dead-letter queue of each, and topic ``toq-media-alerts``.

    Events have a dead-letter queue of their own because `make redrive` sends the first one's messages back to the
    queue of batches, where an event would be malformed.

    Attributes
    ----------
    queue, dead_letter_queue, event_queue, event_dead_letter_queue
        The queues.
    alerts_arn
        Topic that alarms and failure events are published to.
    """

    def __init__(self, scope: Construct, environment: Environment, encryption: Encryption) -> None:
        super().__init__(scope, "messaging")
        self._environment = environment
        self._key_arn = encryption.key_arn
        self.dead_letter_queue = self._build_queue("dead_letters", DEAD_LETTER_QUEUE, _TWO_WEEKS)
        self.event_dead_letter_queue = self._build_queue("event_dead_letters", EVENT_DEAD_LETTER_QUEUE, _TWO_WEEKS)
        self.queue = self._build_source(
            "batches",
            BATCH_QUEUE,
            self.dead_letter_queue,
            MAX_RECEIVES,
            visibility_timeout_seconds=VISIBILITY_TIMEOUT,
            receive_wait_time_seconds=20,
        )
        self.event_queue = self._build_source(
            "events",
            EVENT_QUEUE,
            self.event_dead_letter_queue,
            MAX_EVENT_RECEIVES,
            visibility_timeout_seconds=EVENT_VISIBILITY_TIMEOUT,
            receive_wait_time_seconds=20,
        )
        self._build_policies()
        self.alerts_arn: str = self._build_alerts()

    def _build_queue(self, name: str, queue_name: str, retention: int, **settings: object) -> aws.SqsQueue:
        return aws.SqsQueue(
            self,
            name,
            name=self._environment.named(queue_name),
            kms_master_key_id=self._key_arn,
            kms_data_key_reuse_period_seconds=300,
            message_retention_seconds=retention,
            lifecycle=protected(self._environment),
            **settings,
        )

    def _build_source(
        self, name: str, queue_name: str, dead_letters: aws.SqsQueue, receives: int, **settings: int
    ) -> aws.SqsQueue:
        """A queue whose messages go to their own dead-letter queue after some receives, and to no other."""
        redrive = {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": receives}
        queue = self._build_queue(
            name,
            queue_name,
            _FOUR_DAYS,
            redrive_policy=json.dumps(redrive, separators=(",", ":")),  # as the provider keeps it
            **settings,
        )
        aws.SqsQueueRedriveAllowPolicy(
            self,
            f"{dead_letters.node.id}_sources",
            queue_url=dead_letters.id,
            redrive_allow_policy=json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}),
        )
        return queue

    def _build_policies(self) -> None:
        self._build_policy("batches_policy", self.queue)
        self._build_policy("dead_letters_policy", self.dead_letter_queue)
        self._build_policy("events_policy", self.event_queue, self._allow_rules("EventsArrive", self.event_queue))
        undelivered = self._allow_rules("EventsLeaveUndelivered", self.event_dead_letter_queue)
        self._build_policy("event_dead_letters_policy", self.event_dead_letter_queue, undelivered)

    def _allow_rules(self, sid: str, queue: aws.SqsQueue) -> Statement:
        """Our rules' right to send (Amazon EventBridge "Using resource-based policies for Amazon EventBridge")."""
        rules = self._environment.arn("events", f"rule/{self._environment.named('toq-media-*')}")
        return allow(
            sid,
            ["sqs:SendMessage"],
            [queue.arn],
            principals={"Service": "events.amazonaws.com"},
            conditions={"ArnLike": {"aws:SourceArn": rules}},
        )

    def _build_policy(self, name: str, queue: aws.SqsQueue, *statements: Statement) -> None:
        policy = document(refuse_plain_http(["sqs:*"], [queue.arn]), *statements)
        aws.SqsQueuePolicy(self, name, queue_url=queue.id, policy=policy)

    def _build_alerts(self) -> str:
        topic = aws.SnsTopic(
            self,
            "alerts",
            name=self._environment.named(ALERTS_TOPIC),
            display_name="TOQ media alerts",
            kms_master_key_id=self._key_arn,
        )
        aws.SnsTopicPolicy(self, "alerts_policy", arn=topic.arn, policy=self._alerts_policy(topic.arn))
        for number, address in enumerate(self._environment.alert_emails, start=1):
            aws.SnsTopicSubscription(
                self, f"alerts_email_{number}", topic_arn=topic.arn, protocol="email", endpoint=address
            )
        return str(topic.arn)

    def _alerts_policy(self, topic_arn: str) -> str:
        alarms = self._environment.arn("cloudwatch", f"alarm:{self._environment.named('toq-media-*')}")
        return document(
            refuse_plain_http(["sns:Publish"], [topic_arn]),
            allow(
                "AlarmsNotify",
                ["sns:Publish"],
                [topic_arn],
                principals={"Service": "cloudwatch.amazonaws.com"},
                conditions={
                    "ArnLike": {"aws:SourceArn": alarms},
                    "StringEquals": {"aws:SourceAccount": self._environment.account_id},
                },
            ),
            # No condition: "You can't use of Condition blocks in Amazon SNS topic policies for EventBridge" (Amazon
            # EventBridge "Using resource-based policies for Amazon EventBridge", "Amazon SNS permissions"): no key that
            # would hold it to this account is sent, so the statement would never apply.
            allow("EventsNotify", ["sns:Publish"], [topic_arn], principals={"Service": "events.amazonaws.com"}),
        )
