"""LocalStack keeps to its machine: nothing outlives it, and it listens to no network."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from localstack.local_platform.localstack_process import LocalStack
from tests.integration.plugins.conftest import clients_of, create_role
from tests.support.plugins.clips import Clips
from tests.support.plugins.functions import HANDLER, create_function
from tests.support.plugins.jobs import film, group, job_settings
from tests.support.waiting import wait_until

pytestmark = pytest.mark.localstack


def busy(client: Callable[[str], Any], clips: Clips) -> None:
    """Start a function that sleeps and a transcode that takes long."""
    functions = client("lambda")
    function = create_function(
        functions, "sleeper", create_role(client("iam"), "sleeper", "lambda"), {"function.py": HANDLER}, Timeout=60
    )
    functions.invoke(FunctionName=function.name, InvocationType="Event", Payload=b'{"sleep": 60}')
    s3 = client("s3")
    s3.create_bucket(Bucket="films-to-abandon")
    s3.upload_file(str(clips.long()), "films-to-abandon", "in.mp4")
    settings = job_settings("s3://films-to-abandon/in.mp4", group("s3://films-to-abandon/out", film()))
    role = create_role(client("iam"), "transcoder", "mediaconvert")
    client("mediaconvert").create_job(Role=role, Settings=settings)


def localstack_of(emulator: LocalStack) -> psutil.Process:
    """LocalStack's own process, below the guard that the platform puts over it."""
    below = psutil.Process(emulator.pid).children()
    return next(each for each in below if "localstack.runtime.main" in each.cmdline())


def workers(localstack: psutil.Process) -> list[psutil.Process]:
    """Lambda processes and transcoders."""
    found = localstack.children(recursive=True)
    return [each for each in found if {"launch.py", "-progress"} & {Path(part).name for part in each.cmdline()}]


def running(process: psutil.Process) -> bool:
    """Whether it still executes; one that waits to be reaped does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_no_function_and_no_transcode_outlives_localstack(
    tmp_path: Path, emulator_settings: dict[str, str], clips: Clips, number: signal.Signals
) -> None:
    # LocalStack itself may hang in its own shutdown (a CloudWatch thread that starts too late): not asked here.
    with LocalStack(tmp_path, settings=emulator_settings) as emulator:
        localstack, guard = localstack_of(emulator), psutil.Process(emulator.pid)
        busy(clients_of(emulator), clips)
        started = wait_until(lambda: found if len(found := workers(localstack)) >= 2 else None, timeout=60)
        guard.suspend()  # it would clean up after LocalStack; here LocalStack's own children must end by themselves
        try:
            localstack.send_signal(number)

            assert wait_until(lambda: not any(map(running, started)), timeout=60)
        finally:
            guard.resume()


def test_localstack_listens_on_the_loopback_address_alone(emulator: LocalStack) -> None:
    connections = localstack_of(emulator).net_connections("inet")
    listening = [each.laddr for each in connections if each.status == psutil.CONN_LISTEN]

    assert emulator.port in {address.port for address in listening}
    assert {address.ip for address in listening} == {"127.0.0.1"}
