"""Checks of what tells people: alarms, logs, traces; and what the batch cost."""

import datetime
import time
from collections.abc import Callable
from typing import Any, Final

from operations.acceptance.check import Check, Seen, all_of
from operations.acceptance.run import Run

PATIENCE_SECONDS: Final = 120.0  # until what was logged or traced can be found
_POLL_SECONDS: Final = 2.0
_ALARMS: Final = (  # docs/runbook.md, "Which alarm means what"
    "dead-letters",
    "event-dead-letters",
    "executions-failed",
    "executions-timed-out",
    "callback-dispatch-errors",
    "reconcile-errors",
    "oldest-batch",
    "start-throttles",
)
# Functions that every batch passes; the reconciler is for those that the state machine leaves behind.
_FUNCTIONS: Final = tuple(
    f"listing-media-{name}" for name in ("start", "validate", "thumbnails", "zip", "finalize", "callback-dispatch")
)
# Dollars, us-east-1: "AWS Step Functions pricing" (a transition), "AWS Elemental MediaConvert pricing" (a normalized
# minute of the Basic tier; at least 10 seconds of each output, HD counted twice, a frame capture once).
_TRANSITION: Final = 0.000025
_NORMALIZED_MINUTE: Final = 0.0075
_NORMALIZED_MINUTES_OF_SHORT_VIDEO: Final = (2 + 2 + 1) * 10 / 60
_DOLLARS: Final = 0.05  # more than that, for six files, is a mistake


def alarms_quiet(run: Run) -> Seen:
    loud = [f"{alarm['AlarmName']} is {alarm['StateValue']}" for alarm in run.alarms]
    return all_of([each for each in loud if each.endswith(" ALARM")], f"{len(loud)} alarms OK or without data")


def alarms_tell(run: Run) -> Seen:
    named = {alarm["AlarmName"]: alarm for alarm in run.alarms}
    topic = run.account.outputs["alerts_topic_arn"]
    expected = [run.account.environment.named(f"toq-media-{name}") for name in _ALARMS]
    wrong = [f"no alarm {name}" for name in expected if name not in named]
    wrong += [
        f"{name} tells nobody"
        for name, alarm in named.items()
        if not alarm["ActionsEnabled"] or topic not in alarm["AlarmActions"]
    ]
    return all_of(wrong, f"{len(named)} alarms publish to {topic.rsplit(':', 1)[-1]}")


def alerts_reach_people(run: Run) -> Seen:
    topic = run.account.outputs["alerts_topic_arn"]
    found = run.account.operator("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    confirmed = {each["Endpoint"] for each in found if each["SubscriptionArn"].startswith("arn:")}
    missing = [address for address in run.account.environment.alert_emails if address not in confirmed]
    return all_of([f"{address} has not confirmed" for address in missing], f"{len(confirmed)} confirmed")


def log_groups(run: Run) -> list[str]:
    """Names of the functions' and the state machine's log groups."""
    machine = run.account.outputs["state_machine_arn"].rsplit(":", 1)[-1]
    functions = [arn.rsplit(":", 1)[-1] for arn in run.account.outputs["function_arns"].values()]
    return [f"/aws/step-functions/{machine}", *(f"/aws/lambda/{function}" for function in functions)]


def logs_kept(run: Run) -> Seen:
    days, key = run.account.environment.log_retention_days, run.account.outputs["kms_key_arn"]
    wrong = []
    for name in log_groups(run):
        found = run.account.operator("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        group: dict[str, Any] = next((each for each in found if each["logGroupName"] == name), {})
        seen = (group.get("retentionInDays"), group.get("kmsKeyId"))
        if seen != (days, key):
            wrong.append(f"{name}: {seen[0]} days, {seen[1]}")
    return all_of(wrong, f"{len(log_groups(run))} groups, {days} days, our key")


def logs_follow_the_trace(run: Run) -> Seen:
    arns = run.account.outputs["function_arns"]
    groups = {name: f"/aws/lambda/{arns[name].rsplit(':', 1)[-1]}" for name in _FUNCTIONS}
    return _logged(run, groups, run.batch.trace_id)


def execution_logged(run: Run) -> Seen:
    return _logged(run, {"execution": log_groups(run)[0]}, run.ended()["executionArn"])


def _logged(run: Run, groups: dict[str, str], text: str) -> Seen:
    """Whether each log group has a line with a text; lines come with a delay."""
    logs = run.account.operator("logs")
    since = int((run.batch.began.timestamp() - 60) * 1000)

    def silent() -> list[str]:
        request = {"startTime": since, "filterPattern": f'"{text}"'}
        return [name for name, group in groups.items() if not _any_line(logs, logGroupName=group, **request)]

    missing = _patiently(silent)
    return all_of([f"{name} says nothing of {text}" for name in missing], f"{len(groups)} log groups have {text}")


def _any_line(logs: Any, **request: Any) -> bool:
    """Whether there is a line; CloudWatch may answer with empty pages first ("FilterLogEvents")."""
    return any(page["events"] for page in logs.get_paginator("filter_log_events").paginate(**request))


def _patiently(missing: Callable[[], list[str]]) -> list[str]:
    """What is still missing after a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := missing()) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return left


def trace_found(run: Run) -> Seen:
    client = run.account.operator("xray")
    function = run.account.outputs["function_arns"]["listing-media-start"].rsplit(":", 1)[-1]
    found: list[str] = []

    def missing() -> list[str]:
        now = datetime.datetime.now(datetime.UTC)
        answer = client.get_trace_summaries(
            StartTime=run.batch.began, EndTime=now, FilterExpression=f'service("{function}")'
        )
        found[:] = [each["Id"] for each in answer["TraceSummaries"]]
        return [] if found else ["trace"]

    _patiently(missing)
    return Seen(bool(found), f"{len(found)} traces through {function}")


def cost_estimated(run: Run) -> Seen:
    """Transitions are counted; videos are so short that MediaConvert bills its least for each."""
    client = run.account.operator("stepfunctions")
    pages = client.get_paginator("get_execution_history").paginate(executionArn=run.ended()["executionArn"])
    transitions = sum("stateEnteredEventDetails" in event for page in pages for event in page["events"])
    videos = len(run.videos) * _NORMALIZED_MINUTES_OF_SHORT_VIDEO * _NORMALIZED_MINUTE
    dollars = transitions * _TRANSITION + videos
    return Seen(dollars < _DOLLARS, f"{dollars:.4f} dollars: {transitions} transitions, {len(run.videos)} short videos")


CHECKS: Final = (
    Check("alarms-quiet", "before the batch none is in ALARM", alarms_quiet, aws_shows="metrics as AWS publishes them"),
    Check("alarms-tell", "every alarm of the runbook publishes to the alert topic", alarms_tell),
    Check(
        "alerts-reach-people",
        "every address of alert_emails has confirmed",
        alerts_reach_people,
        "the local environment has no addresses",
    ),
    Check("logs-kept", "retention of the environment, our key", logs_kept),
    Check(
        "logs-follow-the-trace",
        "each function logged the message's trace id",
        logs_follow_the_trace,
        aws_shows="functions may write to encrypted log groups",
    ),
    Check(
        "execution-logged",
        "the state machine's log group names the execution",
        execution_logged,
        aws_shows="log delivery of Step Functions under the key policy",
    ),
    Check("trace-found", "X-Ray has a trace through the start function", trace_found, "LocalStack has no X-Ray"),
    Check("cost-estimated", "transitions and MediaConvert below 0.05 dollars, at us-east-1's prices", cost_estimated),
)
