"""EventBridge rules: what ended elsewhere reaches reconcile, what failed reaches people (requirements, 1.7 and 1.9)."""

import json
from typing import Any

from constructs import Construct

from handlers.contract.names import ENDED_WITHOUT_SUCCESS
from modules import aws
from modules.foundation import Foundation
from modules.resource_names import ADMIN_ROLE
from modules.workflow.workflow import Workflow


class Events(Construct):
    """Rules ``toq-media-*`` of the default event bus, with their targets."""

    def __init__(self, scope: Construct, foundation: Foundation, workflow: Workflow) -> None:
        super().__init__(scope, "events")
        self._environment = foundation.environment
        self._messaging = foundation.messaging
        self._build_job_rules(workflow.transcoding.queue_arn)
        self._build_execution_rule(workflow.arn)
        self._build_overdue_rule()
        self._build_admin_rule()

    def _build_job_rules(self, queue_arn: str) -> None:
        """The requirements say COMPLETED; MediaConvert says COMPLETE (AWS Elemental MediaConvert "Events")."""
        source = {"source": ["aws.mediaconvert"], "detail-type": ["MediaConvert Job State Change"]}
        status = self._build_rule(
            "mediaconvert_status",
            "toq-media-mediaconvert-status",
            "MediaConvert jobs that ended",
            {**source, "detail": {"status": ["COMPLETE", "ERROR"], "queue": [queue_arn]}},
        )
        self._enqueue(status, "mediaconvert_status")
        error = self._build_rule(
            "mediaconvert_error",
            "toq-media-mediaconvert-error",
            "MediaConvert jobs that failed",
            {**source, "detail": {"status": ["ERROR"], "queue": [queue_arn]}},
        )
        self._notify(
            error,
            "mediaconvert_error",
            "MediaConvert job <job> of batch <batch> failed with <code>: <message>",
            {
                "job": "$.detail.jobId",
                "batch": "$.detail.userMetadata.batchId",
                "code": "$.detail.errorCode",
                "message": "$.detail.errorMessage",
            },
        )

    def _build_execution_rule(self, machine_arn: str) -> None:
        rule = self._build_rule(
            "execution_status",
            "toq-media-execution-status",
            "Executions that ended without success, by failure, time or hand",
            {
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {"status": [*ENDED_WITHOUT_SUCCESS], "stateMachineArn": [machine_arn]},
            },
        )
        self._enqueue(rule, "execution_status")

    def _build_overdue_rule(self) -> None:
        """Events of executions are delivered with best effort alone ("AWS Step Functions events"): one may get lost."""
        rule = aws.CloudwatchEventRule(
            self,
            "overdue",
            name=self._environment.named("toq-media-overdue"),
            description="Time to look for executions that ended without success and of which nobody was told",
            schedule_expression="rate(15 minutes)",
        )
        self._enqueue(rule, "overdue")

    def _build_admin_rule(self) -> None:
        """Sees what a CloudTrail trail records; calls to the global STS endpoint appear in us-east-1."""
        rule = self._build_rule(
            "admin_assumed",
            "toq-media-admin-assumed",
            "Somebody became the break-glass role",
            {
                "source": ["aws.sts"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {
                    "eventSource": ["sts.amazonaws.com"],
                    "eventName": ["AssumeRole"],
                    "requestParameters": {"roleArn": [self._environment.role_arn(ADMIN_ROLE)]},
                },
            },
            # CloudTrail counts AssumeRole as read-only, and a rule that is merely enabled is spared such events (Amazon
            # EventBridge "Receiving read-only management events from AWS services", which has this very example).
            state="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        )
        self._notify(
            rule,
            "admin_assumed",
            "<who> asked for break-glass role <role> from <address> at <time>",
            {
                "who": "$.detail.userIdentity.arn",
                "role": "$.detail.requestParameters.roleArn",
                "address": "$.detail.sourceIPAddress",
                "time": "$.detail.eventTime",
            },
        )

    def _build_rule(
        self, name: str, rule_name: str, description: str, pattern: dict[str, Any], state: str | None = None
    ) -> aws.CloudwatchEventRule:
        return aws.CloudwatchEventRule(
            self,
            name,
            name=self._environment.named(rule_name),
            description=description,
            event_pattern=json.dumps(pattern),
            state=state,
        )

    def _enqueue(self, rule: aws.CloudwatchEventRule, name: str) -> None:
        """Send a rule's events to the queue from which reconcile takes them."""
        self._build_target(rule, f"{name}_events", "events", self._messaging.event_queue.arn)

    def _notify(self, rule: aws.CloudwatchEventRule, name: str, text: str, paths: dict[str, str]) -> None:
        transformer = aws.CloudwatchEventTargetInputTransformer(input_paths=paths, input_template=json.dumps(text))
        self._build_target(rule, f"{name}_alert", "alert", self._messaging.alerts_arn, transformer)

    def _build_target(
        self,
        rule: aws.CloudwatchEventRule,
        name: str,
        target_id: str,
        arn: str,
        transformer: aws.CloudwatchEventTargetInputTransformer | None = None,
    ) -> None:
        aws.CloudwatchEventTarget(
            self,
            name,
            rule=rule.name,
            target_id=target_id,
            arn=arn,
            input_transformer=transformer,
            retry_policy=aws.CloudwatchEventTargetRetryPolicy(
                maximum_event_age_in_seconds=6 * 3600, maximum_retry_attempts=24
            ),
            dead_letter_config=aws.CloudwatchEventTargetDeadLetterConfig(
                arn=self._messaging.event_dead_letter_queue.arn
            ),
        )
