"""Structured logs and metrics of every function: one line per event, each with the batch it is about.

`observed` wraps a Lambda handler; inside it, `logger` and `metrics` are the only ways to report. A batch's own metrics
are for the business view of the dashboard: photos, seconds per batch, errors by code.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

from handlers.contract.batch import Batch
from handlers.contract.metrics import METRICS_NAMESPACE, Metric
from handlers.contract.names import function_name

type LambdaHandler = Callable[[dict[str, Any], Any], Any]

# The last line of defence: the code never logs these, but an exception text of a library might carry one.
_SECRETS: Final = re.compile(
    r"(X-Amz-(?:Signature|Credential|Security-Token)=|whsec_|v1,|X-Toq-Signature\W{1,4})[A-Za-z0-9%+/=_.-]{8,}",
    re.IGNORECASE,
)
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


def redacted(text: str) -> str:
    """The text with values of signatures and secrets replaced; what they were for stays readable."""
    return _SECRETS.sub(r"\1[redacted]", text)


def _serialize(line: Mapping[str, Any]) -> str:
    return redacted(json.dumps(line, default=str, ensure_ascii=False, separators=(",", ":")))


logger = Logger(service="listing-media", json_serializer=_serialize, use_rfc3339=True, utc=True)
metrics = Metrics(namespace=METRICS_NAMESPACE, service="listing-media")
_cold = True


def trace_id(traceparent: str) -> str | None:
    """The 32 hex digits of the trace in a W3C ``traceparent``, or None when it is malformed."""
    match = _TRACEPARENT.fullmatch(traceparent)
    return match[1] if match else None


def bind(batch: Batch, execution_arn: str | None = None) -> None:
    """Put the batch into every log line from here to the end of the invocation.

    Parameters
    ----------
    execution_arn
        ARN of the Step Functions execution; None where there is none yet.
    """
    logger.append_keys(
        batchId=batch.batch_id,
        listingId=batch.listing_id,
        attempt=batch.attempt,
        traceId=trace_id(batch.traceparent),
        traceparent=batch.traceparent,
    )
    if execution_arn:
        logger.append_keys(executionArn=execution_arn)


def count(metric: Metric, value: float = 1, unit: MetricUnit = MetricUnit.Count) -> None:
    """Add to a metric of this invocation; it is written once, when the handler ends."""
    metrics.add_metric(name=metric.value, unit=unit, value=value)


def count_by(metric: Metric, dimension: str, value: str, number: float = 1) -> None:
    """Write a metric that has a dimension of its own (an error code, a status) at once."""
    with single_metric(metric.value, MetricUnit.Count, number, namespace=METRICS_NAMESPACE) as separate:
        separate.add_dimension(name=dimension, value=value)


def observed(handler: LambdaHandler) -> LambdaHandler:
    """Decorate a Lambda handler so that its logs carry the batch and its metrics are written at the end.

    The function's name follows from the folder under ``handlers/`` that the handler stands in. The batch is taken from
    the event when it holds one (``{"batch": ..., "execution": {"arn": ...}}`` or the same under ``state``); a handler
    that learns it later calls `bind`. An exception is logged once and raised again, since its class name is what the
    state machine decides by.
    """
    service = function_name(handler.__module__.split(".")[-2])

    @wraps(handler)
    def wrapper(event: dict[str, Any], context: Any) -> Any:
        _begin(service, event, context)
        try:
            return handler(event, context)
        except Exception as error:
            logger.exception("invocation failed", error=type(error).__name__)
            raise
        finally:
            if metrics.metric_set:
                metrics.flush_metrics()

    return wrapper


def _begin(service: str, event: Any, context: Any) -> None:
    global _cold  # noqa: PLW0603 - one flag per execution environment is what a cold start is
    logger.clear_state()
    logger.append_keys(
        service=service,
        requestId=getattr(context, "aws_request_id", None),
        coldStart=_cold,
    )
    if metrics.default_dimensions.get("service") != service:
        metrics.dimension_set.pop("service", None)
        metrics.set_default_dimensions(service=service)
    if _cold:
        count(Metric.COLD_START)
    _cold = False
    if isinstance(event, Mapping):
        _bind_event(event)


def _bind_event(event: Mapping[str, Any]) -> None:
    state = event.get("state")
    holder = state if isinstance(state, Mapping) else event
    reference = holder.get("batch", holder)
    execution = event.get("execution")
    try:
        arn = execution.get("arn") if isinstance(execution, Mapping) else None
        bind(Batch.from_state(reference), arn)
    except (KeyError, TypeError):
        return  # not an event of the state machine: an SQS batch, an EventBridge event, an API request
