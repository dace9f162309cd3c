"""The guard: whatever happens to the platform, nothing of a service is left."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from localstack.local_platform import guard
from tests.support.waiting import PATIENCE_SECONDS, wait_until

GUARD = [sys.executable, "-I", "-S", guard.__file__]
# A program with a child in a session of its own, which tells its process id, as LocalStack has its Lambdas.
PARENT_AND_CHILD = f"""
import subprocess, sys, time
child = subprocess.Popen(["{sys.executable}", "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""


def start(*command: str, grace: float = 5) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*GUARD, str(grace), *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def ended(*pids: int) -> Callable[[], bool]:
    def all_ended() -> bool:
        return not any(map(psutil.pid_exists, pids))

    return all_ended


@pytest.fixture
def family() -> "tuple[subprocess.Popen[bytes], list[int]]":
    """A guard, and the process ids of its program and of that one's child."""
    guarded = start(sys.executable, "-c", PARENT_AND_CHILD)
    assert guarded.stdout is not None
    grandchild = int(guarded.stdout.readline())
    (child,) = psutil.Process(guarded.pid).children()
    return guarded, [child.pid, grandchild]


def test_exit_code_of_the_program_is_passed_on() -> None:
    assert start("sh", "-c", "exit 7").wait(PATIENCE_SECONDS) == 7


def test_unknown_program_is_named() -> None:
    guarded = start("no-such-program")
    assert guarded.wait(PATIENCE_SECONDS) == 127
    assert guarded.stdout is not None
    assert guarded.stdout.read() == b"cannot run no-such-program: No such file or directory\n"


def test_closed_pipe_ends_the_program_and_its_escaped_child(
    family: "tuple[subprocess.Popen[bytes], list[int]]",
) -> None:
    guarded, pids = family
    guarded.communicate(timeout=PATIENCE_SECONDS)
    assert ended(*pids)()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signalled_guard_takes_its_program_along(
    number: signal.Signals, family: "tuple[subprocess.Popen[bytes], list[int]]"
) -> None:
    guarded, pids = family
    guarded.send_signal(number)
    guarded.wait(PATIENCE_SECONDS)
    assert ended(*pids)()


def test_children_of_a_program_that_ended_are_ended(family: "tuple[subprocess.Popen[bytes], list[int]]") -> None:
    guarded, pids = family
    os.kill(pids[0], signal.SIGKILL)
    assert guarded.wait(PATIENCE_SECONDS) == 128 + signal.SIGKILL
    assert ended(*pids)()


def test_program_that_ignores_the_request_is_killed_after_the_grace_time() -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    guarded = start(sys.executable, "-c", stubborn, grace=0.2)
    assert guarded.stdout is not None
    guarded.stdout.readline()
    guarded.communicate(timeout=PATIENCE_SECONDS)
    assert guarded.returncode == 128 + signal.SIGKILL


def test_killed_owner_leaves_nothing(tmp_path: Path) -> None:
    """SIGKILL gives the owner no chance: the kernel closes its pipe, and the guard sees that."""
    owner = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            f"p = subprocess.Popen({[*GUARD, '5', sys.executable, '-c', PARENT_AND_CHILD]!r}, stdin=subprocess.PIPE)\n"
            "time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    owner.stdout.readline()
    family = [each.pid for each in psutil.Process(owner.pid).children(recursive=True)]
    assert len(family) == 3
    owner.kill()
    owner.wait()
    wait_until(ended(*family))


def test_killed_guard_takes_its_program_along(family: "tuple[subprocess.Popen[bytes], list[int]]") -> None:
    guarded, (program, grandchild) = family
    guarded.kill()
    guarded.wait()
    wait_until(ended(program))
    os.kill(grandchild, signal.SIGKILL)  # a program's own children are beyond a guard that is gone
