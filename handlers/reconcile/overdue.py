"""Executions whose end nobody has told of: looked for every quarter of an hour, since their events can get lost.

Step Functions delivers them with best effort alone (Amazon EventBridge Events Reference, "AWS Step Functions events").
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from handlers.contract.errors import BatchRefusedError
from handlers.contract.names import ENDED_WITHOUT_SUCCESS
from handlers.reconcile.events import EventMalformedError, ExecutionEnded
from handlers.reconcile.reconciliation import CallbackFailedError
from handlers.runtime.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# An execution has an hour; two more in which this finds it, however many others there are to look at.
LOOKED_BACK: Final = datetime.timedelta(hours=3)
# Its event is on its way, or being worked on.
GRACE: Final = datetime.timedelta(minutes=1)
# Seconds after which no further execution is taken up: one callback, of up to 28 s, still fits into what a message has.
SECONDS: Final = 10.0


class Overdue:
    """Goes through the executions of one state machine that ended without success.

    Parameters
    ----------
    end
        Brings the batch of an ended execution to its end; False when there was nothing to do.
    """

    def __init__(self, executions: "SFNClient", machine_arn: str, end: Callable[[ExecutionEnded], bool]) -> None:
        self._executions = executions
        self._machine_arn = machine_arn
        self._end = end

    def end_all(self, now: datetime.datetime, seconds_spent: Callable[[], float]) -> int:
        """End what is overdue, the oldest first, for as long as there is time; how many batches were.

        One that cannot be ended now, mostly because the backend is away, is left to the next time.
        """
        ended = 0
        for _, arn in sorted(self._found(now)):
            if seconds_spent() > SECONDS:
                logger.warning("time is up, the next executions are looked at next time")
                break
            ended += self._end_one(arn)
        return ended

    def _end_one(self, arn: str) -> bool:
        try:
            return self._end(ExecutionEnded.from_detail(self._described(arn)))
        except (EventMalformedError, BatchRefusedError) as error:
            logger.warning("an execution of no batch", executionArn=arn, reason=str(error))
        except (CallbackFailedError, ClientError, BotoCoreError) as error:
            logger.exception("will be tried again next time", executionArn=arn, error=type(error).__name__)
        return False

    def _described(self, arn: str) -> Mapping[str, Any]:
        return dict(self._executions.describe_execution(executionArn=arn))

    def _found(self, now: datetime.datetime) -> Iterator[tuple[datetime.datetime, str]]:
        """When each execution began, and its ARN; ListExecutions gives the newest first."""
        for status in ENDED_WITHOUT_SUCCESS:
            pages = self._executions.get_paginator("list_executions").paginate(
                stateMachineArn=self._machine_arn, statusFilter=status
            )
            for page in pages:
                for execution in page["executions"]:
                    if now - execution["stopDate"] > GRACE and now - execution["startDate"] < LOOKED_BACK:
                        yield execution["startDate"], execution["executionArn"]
                if page["executions"] and now - page["executions"][-1]["startDate"] >= LOOKED_BACK:
                    break
