"""Log lines carry their batch and no secrets; metrics come out in CloudWatch's embedded format."""

from collections.abc import Callable
from typing import Any

import pytest

from handlers.contract.batch import Batch
from handlers.contract.metrics import METRICS_NAMESPACE, Metric
from handlers.runtime.observability import LambdaHandler, bind, count, count_by, logger, observed, redacted, trace_id
from tests.support.builders import EXECUTION, EXECUTION_ARN, TRACEPARENT

type Lines = Callable[[], list[dict[str, Any]]]

SECRETS = (
    "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA%2F20260301&X-Amz-Signature=0123456789abcdef0123&x=1",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "v1,g0hM9SsE+OTPJTGt/tmzKtSyZyE3uFJELVlNIOLJ1OE=",
    "X-Toq-Signature: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
)


def observed_in(package: str) -> Callable[[LambdaHandler], LambdaHandler]:
    """`observed`, for a handler as if it stood in a folder of ``handlers/``."""

    def decorate(handler: LambdaHandler) -> LambdaHandler:
        handler.__module__ = f"handlers.{package}.handler"
        return observed(handler)

    return decorate


def logged(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if "message" in line]


def measured(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for line in lines if "_aws" in line for name, value in line.items() if name != "_aws"}


@pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"state": state}])
def test_every_line_of_a_state_names_its_batch(
    wrap: Callable[[Any], Any], batch: Batch, context: Any, log_lines: Lines
) -> None:
    @observed_in("zip")
    def handler(event: dict[str, Any], _context: Any) -> None:
        logger.info("one")
        logger.warning("two")

    handler(wrap({"batch": batch.to_state()}) | {"execution": EXECUTION}, context)
    lines = logged(log_lines())
    assert [line["message"] for line in lines] == ["one", "two"]
    for line in lines:
        assert line["service"] == "listing-media-zip"
        assert (line["batchId"], line["listingId"], line["attempt"]) == (7, 42, 0)
        assert (line["executionArn"], line["traceId"]) == (EXECUTION_ARN, "a" * 32)
        assert line["requestId"] == context.aws_request_id


def test_nothing_of_one_batch_is_said_of_the_next(batch: Batch, context: Any, log_lines: Lines) -> None:
    @observed_in("start")
    def handler(event: dict[str, Any], _context: Any) -> None:
        logger.info("here")

    handler({"batch": batch.to_state(), "execution": EXECUTION}, context)
    handler({"Records": []}, context)
    first, second = logged(log_lines())
    assert first["batchId"] == 7
    assert "batchId" not in second
    assert second["coldStart"] is False


@pytest.mark.parametrize("event", [None, [], {"batch": 7}, {"state": {"batch": {"batchId": 1}}}])
def test_events_without_a_batch_are_handled_all_the_same(event: Any, context: Any) -> None:
    assert observed_in("zip")(lambda given, _context: given)(event, context) is event


def test_a_failure_is_logged_once_with_its_name_and_goes_on(context: Any, log_lines: Lines) -> None:
    @observed_in("finalize")
    def handler(event: dict[str, Any], _context: Any) -> None:
        count(Metric.PHOTOS)
        raise LookupError("gone")

    with pytest.raises(LookupError):
        handler({}, context)
    lines = log_lines()
    (line,) = logged(lines)
    assert (line["level"], line["error"]) == ("ERROR", "LookupError")
    assert measured(lines)["Photos"] == [1.0]


def test_metrics_are_written_when_the_handler_ends(context: Any, log_lines: Lines) -> None:
    @observed_in("finalize")
    def handler(event: dict[str, Any], _context: Any) -> None:
        count(Metric.PHOTOS, 3)
        count(Metric.PHOTOS, 2)
        count_by(Metric.ASSET_ERRORS, "ErrorCode", "NOT_FOUND", 4)

    handler({}, context)
    lines = log_lines()
    found = measured(lines)
    assert found["Photos"] == [3.0, 2.0]
    assert found["service"] == "listing-media-finalize"
    assert (found["ErrorCode"], found["AssetErrors"]) == ("NOT_FOUND", [4.0])
    spaces = {metric["Namespace"] for line in lines for metric in line["_aws"]["CloudWatchMetrics"]}
    assert spaces == {METRICS_NAMESPACE}


def test_the_execution_is_named_only_once_there_is_one(batch: Batch, log_lines: Lines) -> None:
    logger.clear_state()
    bind(batch)
    logger.info("accepted")
    (line,) = log_lines()
    assert line["batchId"] == 7
    assert "executionArn" not in line


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_do_not_reach_the_log_even_if_code_lets_them(secret: str, log_lines: Lines) -> None:
    logger.warning("library said %s", secret, extra={"detail": secret})
    (line,) = log_lines()
    said = f"{line['message']} {line['detail']}"
    assert "[redacted]" in said
    for part in ("0123456789abcdef", "MfKQ9r8GKY", "g0hM9SsE", "2cf24dba", "AKIA"):
        assert part not in said


def test_what_is_no_secret_stays_readable() -> None:
    assert redacted("key 42/raw/photo/vertical/2026-03-01/a.jpg") == "key 42/raw/photo/vertical/2026-03-01/a.jpg"


@pytest.mark.parametrize("text", ["", "00-x", TRACEPARENT.upper(), TRACEPARENT + "-more"])
def test_a_malformed_traceparent_has_no_trace(text: str) -> None:
    assert trace_id(text) is None
