"""Bringing batches to their end that the state machine could not: each gets its callback, once for the same result."""

import datetime
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handlers.contract.batch import Batch
from handlers.contract.callback_body import failure_of
from handlers.contract.metrics import Metric
from handlers.contract.names import CALLBACK_UNDELIVERED, ManifestFile, video_failure_file, video_result_file
from handlers.reconcile.events import EventMalformedError, ExecutionEnded, VideoEnded
from handlers.result.batch_result import write_result
from handlers.runtime.observability import bind, count, logger
from handlers.runtime.store import MediaStore

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_stepfunctions import SFNClient


class CallbackFailedError(Exception):
    """The callback function failed; the queue brings the event back, and dead-letters it in the end."""


class ExecutionRunningError(Exception):
    """The execution has read the batch's results and still runs: its own callback goes first, the event comes back."""


class Reconciliation:
    """Reconciles batches of one bucket and state machine.

    Parameters
    ----------
    callback_function
        Name of listing-media-callback-dispatch.
    """

    def __init__(
        self, store: MediaStore, executions: "SFNClient", functions: "LambdaClient", callback_function: str
    ) -> None:
        self._store = store
        self._executions = executions
        self._functions = functions
        self._callback_function = callback_function

    def end_execution(self, ended: ExecutionEnded) -> bool:
        """Write the result of a batch whose execution ended without its callback, and send it.

        Returns
        -------
        bool
            False when there was nothing to do: the callback was accepted, or is in the dead-letter queue.
        """
        batch = ended.batch
        bind(batch, ended.execution.arn)
        if ended.failure["Error"] == CALLBACK_UNDELIVERED:
            logger.info("the callback is in the dead-letter queue already")
            return False
        if self._store.find_json(batch.file(ManifestFile.RECEIPT)):
            logger.info("the callback was accepted before the execution ended")
            return False
        self._write_and_send(ended)
        count(Metric.BATCHES_RECONCILED)
        return True

    def end_video(self, ended: VideoEnded) -> bool:
        """Record a video whose execution did not wait for it to the end, and tell the backend what has changed.

        While the execution runs, a video that it gave up (its task timed out) may still get into the batch's ZIP and
        result. So a finished video is recorded at once: where the execution waits for it, it writes the same.

        Returns
        -------
        bool
            False when the execution records it itself, or when nothing has changed.

        Raises
        ------
        ExecutionRunningError
            The execution has written its result already, perhaps without this video, but has not ended.
        """
        execution = ExecutionEnded.from_detail(self._described(ended.execution_arn))
        batch = execution.batch
        bind(batch, ended.execution_arn)
        if batch.manifest_prefix != ended.manifest_prefix:
            raise EventMalformedError(f"the job's manifestPrefix is not that of execution {ended.execution_arn}")
        running = execution.execution.status == "RUNNING"
        if (running and not ended.complete) or not self._record(batch, ended, running=running):
            return False
        if not running:
            return self._write_and_send(execution)
        # Looked for after the video was written; `write_result` looks for videos after it has written the result.
        if self._store.find_json(batch.file(ManifestFile.RESULT)):
            raise ExecutionRunningError(f"{ended.execution_arn} has its result but has not ended")
        return True

    def _described(self, execution_arn: str) -> Mapping[str, Any]:
        described: Any = self._executions.describe_execution(executionArn=execution_arn)
        return dict(described)

    def _record(self, batch: Batch, ended: VideoEnded, *, running: bool) -> bool:
        """Write how a video ended; False where that, or something better, was known from elsewhere.

        A result is written only where there is none (``If-None-Match``), and a failure only where there is neither:
        whoever else writes at the same time, a finished video is never undone.
        """
        result, failure = (batch.file(of(ended.index)) for of in (video_result_file, video_failure_file))
        given_up = self._store.find_json(failure)
        if not ended.complete and self._store.find_json(result):
            return False
        key = result if ended.complete else failure
        if not self._store.create_json(key, ended.result):
            # Our own writing is of an earlier try of this event, which may not have come as far as the backend.
            return bool(self._store.get_json(key) == ended.result)
        if given_up or not running:
            count(Metric.LATE_VIDEOS)
            logger.warning("video ended after its execution or its time", asset=ended.index, complete=ended.complete)
        return True

    def _write_and_send(self, ended: ExecutionEnded) -> bool:
        """Tell the backend of the batch as it stands now, unless it has accepted just that; whether it was told."""
        failure = None if ended.execution.status == "SUCCEEDED" else self._failure(ended)
        now = datetime.datetime.now(datetime.UTC)
        result = write_result(self._store, ended.batch, ended.execution, failure, now)
        receipt = self._store.find_json(ended.batch.file(ManifestFile.RECEIPT))
        if receipt and receipt["eventId"] == result.event_id:
            logger.info("the backend has accepted this result already")
            return False
        payload = result.to_state() | {"execution": {"arn": ended.execution.arn}}
        answer = self._functions.invoke(FunctionName=self._callback_function, Payload=json.dumps(payload).encode())
        if "FunctionError" in answer:
            problem = json.loads(answer["Payload"].read()).get("errorType", answer["FunctionError"])
            raise CallbackFailedError(f"{self._callback_function} failed with {problem}")
        logger.info("batch reconciled", status=result.status)
        return True

    def _failure(self, ended: ExecutionEnded) -> dict[str, str] | None:
        """Why the execution failed; where finalize has written a result before, what finalize knew."""
        earlier = self._store.find_json(ended.batch.file(ManifestFile.RESULT))
        return ended.failure if earlier is None else failure_of(earlier["error"])
