"""The backend is in trouble when the callback comes: the callback gets there once it is well again."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from handlers.contract.names import function_name
from localstack.backend import client
from operations.migrate.database_url import Connection
from tests.integration.resilience.conftest import LISTING, Enqueue, execution_arn, history
from tests.support.waiting import wait_until
from toolchain.paths import ROOT

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

    from localstack.local_platform.endpoints import Endpoints

pytestmark = pytest.mark.localstack
OTHER_LISTING = 46


@contextmanager
def without_rights(database: Connection) -> Iterator[None]:
    """The backend can read its tables, but not write what a callback says: it answers 500."""
    with database.cursor() as cursor:
        cursor.execute("REVOKE UPDATE ON listing_media_batches FROM 'toq_app'@'%'")
        try:
            yield
        finally:
            cursor.execute("GRANT UPDATE ON listing_media_batches TO 'toq_app'@'%'")


def test_callback_is_repeated_until_the_backend_can_take_it(
    enqueue: Enqueue, backend: httpx.Client, database: Connection, aws: Callable[[str], Any]
) -> None:
    batch_id = enqueue(photos=1)
    wait_until(lambda: client.find(backend, batch_id)["status"] != "PENDING_UPLOAD")
    logs = aws("logs")

    def refusals() -> list[str]:
        """What the function logged of this batch's callback that was not accepted."""
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function_name('callback_dispatch')}")["events"]
        lines = [event["message"] for event in found if "callback not accepted" in event["message"]]
        return [line for line in lines if re.search(rf'"batchId": ?"?{batch_id}\b', line)]

    with without_rights(database):
        wait_until(refusals)
        assert client.find(backend, batch_id)["status"] != "READY"
    assert client.wait(backend, batch_id, 300)["status"] == "READY"


def test_refused_callback_is_delivered_by_a_redrive(
    platform: "Endpoints",
    enqueue: Enqueue,
    backend: httpx.Client,
    database: Connection,
    sfn: "SFNClient",
    outputs: dict[str, Any],
) -> None:
    """The batch is of another listing for a while: the backend answers 400, which no retry can change."""
    batch_id = enqueue(photos=1)
    move = "UPDATE listing_media_batches SET listing_id = %s WHERE id = %s"
    execution = execution_arn(outputs, batch_id)

    def failed() -> bool:
        return any(event["type"] == "ExecutionFailed" for event in history(sfn, execution))

    with database.cursor() as cursor:
        cursor.execute(move, (OTHER_LISTING, batch_id))
        try:
            wait_until(failed)
        finally:
            cursor.execute(move, (LISTING, batch_id))
    redrive = subprocess.run(
        [sys.executable, "-m", "operations.redrive", "--env", "local"],
        cwd=ROOT,
        env={**os.environ, **platform.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"batch {batch_id}" in redrive.stdout, redrive.stdout + redrive.stderr
    assert client.wait(backend, batch_id, 300)["status"] == "READY"
