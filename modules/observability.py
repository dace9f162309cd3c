"""Alarms and dashboards (requirements, 1.9)."""

import json

from constructs import Construct

from modules import aws, dashboards
from modules.foundation import Foundation
from modules.functions import RECORDS
from modules.resource_names import EVENT_DEAD_LETTER_QUEUE
from modules.workflow.workflow import Workflow

_PERIOD = 300  # seconds, as required
_OLDEST_MESSAGE = 900  # seconds a batch may wait before people are told
_OLDEST_EVENT = 1800  # seconds: two tries have failed


class Observability(Construct):
    """Alarms ``toq-media-*`` that publish to the alert topic, and two dashboards.

    Alarms look at one metric each: what the local platform can evaluate too.
    """

    def __init__(self, scope: Construct, foundation: Foundation, workflow: Workflow) -> None:
        super().__init__(scope, "observability")
        self._environment = foundation.environment
        self._messaging = foundation.messaging
        self._build_execution_alarms(workflow.arn)
        self._build_queue_alarms()
        self._build_function_alarms()
        self._build_dashboards(workflow.arn)

    def _build_execution_alarms(self, machine_arn: str) -> None:
        for name, metric, what in (
            ("executions_failed", "ExecutionsFailed", "failed: see its execution and its result.json"),
            ("executions_timed_out", "ExecutionsTimedOut", "took longer than an hour"),
            ("executions_aborted", "ExecutionsAborted", "was stopped by hand"),
        ):
            self._build_alarm(name, f"A batch {what}", "AWS/States", metric, {"StateMachineArn": machine_arn})

    def _build_queue_alarms(self) -> None:
        undelivered = self._environment.named(EVENT_DEAD_LETTER_QUEUE)
        visible = "ApproximateNumberOfMessagesVisible"
        for name, queue, text in (
            (
                "dead_letters",
                self._messaging.dead_letter_queue,
                "Batches or callbacks failed for good and wait in the dead-letter queue: make redrive",
            ),
            (
                "event_dead_letters",
                self._messaging.event_dead_letter_queue,
                f"Events could not be delivered and wait in {undelivered}: see the runbook",
            ),
        ):
            self._build_alarm(name, text, "AWS/SQS", visible, {"QueueName": queue.name}, statistic="Maximum")
        self._build_alarm(
            "oldest_event",
            f"Events wait more than {_OLDEST_EVENT // 60} minutes: see the log of reconcile",
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            {"QueueName": self._messaging.event_queue.name},
            statistic="Maximum",
            above=_OLDEST_EVENT,
        )
        self._build_alarm(
            "oldest_batch",
            f"Batches wait more than {_OLDEST_MESSAGE // 60} minutes to be started",
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            {"QueueName": self._messaging.queue.name},
            statistic="Maximum",
            above=_OLDEST_MESSAGE,
        )

    def _build_function_alarms(self) -> None:
        for package, record in RECORDS.items():
            name = self._environment.named(record.name)
            dimensions = {"FunctionName": name}
            if record.errors_alarm:
                self._build_alarm(f"{package}_errors", record.errors_alarm, "AWS/Lambda", "Errors", dimensions)
            text = f"{name} is called more often at once than its reserved concurrency allows"
            self._build_alarm(f"{package}_throttles", text, "AWS/Lambda", "Throttles", dimensions)

    def _build_alarm(  # noqa: PLR0913 - the parts of an alarm
        self,
        name: str,
        description: str,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        *,
        statistic: str = "Sum",
        above: int = 0,
    ) -> None:
        aws.CloudwatchMetricAlarm(
            self,
            name,
            alarm_name=self._environment.named(f"toq-media-{name.replace('_', '-')}"),
            alarm_description=description,
            namespace=namespace,
            metric_name=metric,
            dimensions=dimensions,
            statistic=statistic,
            period=_PERIOD,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=above,
            treat_missing_data="notBreaching",
            alarm_actions=[self._messaging.alerts_arn],
            ok_actions=[self._messaging.alerts_arn],
        )

    def _build_dashboards(self, machine_arn: str) -> None:
        operations = dashboards.operations(
            self._environment.region,
            machine_arn,
            queues=[
                each.name
                for each in (
                    self._messaging.queue,
                    self._messaging.dead_letter_queue,
                    self._messaging.event_queue,
                    self._messaging.event_dead_letter_queue,
                )
            ],
            functions=[self._environment.named(record.name) for record in RECORDS.values()],
        )
        business = dashboards.business(self._environment.region)
        for name, body in (("operations", operations), ("business", business)):
            aws.CloudwatchDashboard(
                self,
                name,
                dashboard_name=self._environment.named(f"toq-media-{name}"),
                dashboard_body=json.dumps(body),
            )
