"""Alarms and dashboards (requirements, 1.9)."""

import json

from constructs import Construct

from handlers.contract.names import Function
from modules import aws, dashboards
from modules.environments.environment import Environment
from modules.lambdas import Functions
from modules.messaging import Messaging
from modules.workflow.workflow import Workflow

_PERIOD = 300  # seconds, as required
_OLDEST_MESSAGE = 900  # seconds a batch may wait before people are told


class Observability(Construct):
    """Alarms ``toq-media-*`` that publish to the alert topic, and two dashboards.

    Alarms look at one metric each: what the local platform can evaluate too.
    """

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        messaging: Messaging,
        functions: Functions,
        workflow: Workflow,
    ) -> None:
        super().__init__(scope, "observability")
        self._environment = environment
        self._alerts_arn = messaging.alerts_arn
        self._messaging = messaging
        self._functions = functions
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
        visible = "ApproximateNumberOfMessagesVisible"
        for name, queue, text in (
            ("dead_letters", self._messaging.dead_letter_queue, "Batches or callbacks failed for good: make redrive"),
            ("event_dead_letters", self._messaging.event_dead_letter_queue, "Events reached no taker"),
        ):
            self._build_alarm(name, text, "AWS/SQS", visible, {"QueueName": queue.name}, statistic="Maximum")
        self._build_alarm(
            "oldest_batch",
            "Batches wait too long to be started",
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            {"QueueName": self._messaging.queue.name},
            statistic="Maximum",
            above=_OLDEST_MESSAGE,
        )

    def _build_function_alarms(self) -> None:
        errors = {
            Function.CALLBACK_DISPATCH: "Callbacks fail: is the backend there?",
            Function.RECONCILE: "Batches that the state machine left behind stay behind",
        }
        for function, text in errors.items():
            dimensions = {"FunctionName": self._functions.name(function)}
            self._build_alarm(f"{function.package}_errors", text, "AWS/Lambda", "Errors", dimensions)
        for function in Function:
            self._build_alarm(
                f"{function.package}_throttles",
                f"{self._functions.name(function)} is called more than its concurrency allows",
                "AWS/Lambda",
                "Throttles",
                {"FunctionName": self._functions.name(function)},
            )

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
            alarm_actions=[self._alerts_arn],
            ok_actions=[self._alerts_arn],
        )

    def _build_dashboards(self, machine_arn: str) -> None:
        operations = dashboards.operations(
            self._environment.region,
            machine_arn,
            queues=[self._messaging.queue.name, self._messaging.dead_letter_queue.name],
            functions=[self._functions.name(function) for function in Function],
        )
        business = dashboards.business(self._environment.region)
        for name, body in (("operations", operations), ("business", business)):
            aws.CloudwatchDashboard(
                self,
                name,
                dashboard_name=self._environment.named(f"toq-media-{name}"),
                dashboard_body=json.dumps(body),
            )
