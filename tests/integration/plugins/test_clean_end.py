"""LocalStack keeps to its machine: nothing outlives it, and it listens to no network."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from localstack.platform.emulator import LocalStack
from tests.integration.plugins.clips import Clips
from tests.integration.plugins.conftest import clients_of, create_role
from tests.integration.plugins.functions_kit import HANDLER, create_function
from tests.integration.plugins.jobs_kit import film, group, job_settings
from tests.integration.waiting import wait_until

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
    film_file = clips.film("1920x1080", rate=60, seconds=20, sound=False)
    s3.upload_file(str(film_file), "films-to-abandon", "in.mp4")
    settings = job_settings("s3://films-to-abandon/in.mp4", group("s3://films-to-abandon/out", film()))
    role = create_role(client("iam"), "transcoder", "mediaconvert")
    client("mediaconvert").create_job(Role=role, Settings=settings)


def children(emulator: LocalStack) -> list[psutil.Process]:
    """Lambda processes and transcoders of an emulator."""
    found = psutil.Process(emulator.pid).children(recursive=True)
    return [each for each in found if {"launch.py", "-progress"} & {Path(part).name for part in each.cmdline()}]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_no_function_and_no_transcode_outlives_localstack(
    tmp_path: Path, emulator_settings: dict[str, str], clips: Clips, number: signal.Signals
) -> None:
    with LocalStack(tmp_path, settings=emulator_settings) as emulator:
        busy(clients_of(emulator), clips)
        running = wait_until(lambda: found if len(found := children(emulator)) >= 2 else None, timeout=30)
        assert emulator.pid
        os.kill(emulator.pid, number)

        _, left = psutil.wait_procs(running, timeout=20)

    assert left == []


def test_localstack_listens_on_the_loopback_address_alone(emulator: LocalStack) -> None:
    listening = [
        each.laddr for each in psutil.Process(emulator.pid).net_connections("inet") if each.status == psutil.CONN_LISTEN
    ]

    assert emulator.port in {address.port for address in listening}
    assert {address.ip for address in listening} == {"127.0.0.1"}
