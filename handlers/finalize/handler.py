"""listing-media-finalize: the end of every execution that its Catches see, good or bad."""

import datetime
from collections.abc import Mapping
from typing import Any

from handlers.contract.batch import Batch
from handlers.contract.callback_body import Execution
from handlers.result.batch_result import write_result
from handlers.runtime.execution_input import locate_batch
from handlers.runtime.observability import bind, logger, observed
from handlers.runtime.store import media_store


@observed
def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Write a batch's result.

    Parameters
    ----------
    event
        ``{"state": <the machine's state, with "failure" after a Catch>, "execution": {"arn", "startTime"}}``.

    Returns
    -------
    ``{"batch", "status", "resultKey"}``.

    Raises
    ------
    BatchRefusedError
        The execution was started with an input that names no batch: nobody can be told about it.
    """
    state, execution = event["state"], Execution(event["execution"]["arn"], event["execution"]["startTime"])
    failure = state.get("failure")
    batch = Batch.from_state(state["batch"]) if "batch" in state else locate_batch(state, execution.started_at)
    bind(batch, execution.arn)
    if failure:
        logger.warning("a step was given up", error=failure.get("Error"), cause=str(failure.get("Cause"))[:2_000])
    return write_result(media_store(), batch, execution, failure, datetime.datetime.now(datetime.UTC)).to_state()
