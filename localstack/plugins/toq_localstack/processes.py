"""Child processes that cannot outlive LocalStack, even when it is killed with SIGKILL.

Every child is bound to its parent by ``prctl(PR_SET_PDEATHSIG)``. The kernel ties that signal to the *thread* that made
the child, so children are made by one thread that lives as long as LocalStack; the threads that serve requests come and
go, and would take their children with them (prctl(2): "the parent in this case is considered to be the thread").
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

BOUND = Path(__file__).with_name("parent_death.py")
"""Script that binds itself to its parent and then becomes the command given as its arguments."""

_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="toq-spawner")


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: IO[bytes] | int = subprocess.DEVNULL,
    errors: IO[bytes] | int = subprocess.STDOUT,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, from the thread that never ends.

    The command must bind itself to its parent with `parent_death.bind`; use `bound` for one that is not ours.

    Raises
    ------
    OSError
        The command's file is missing or may not be executed.
    """
    return _spawner.submit(
        subprocess.Popen[bytes],
        list(command),
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
    ).result()


def bound(command: Sequence[str]) -> list[str]:
    """Wrap a command that is not ours, so that the kernel kills it with LocalStack (costs some 15 ms)."""
    return [sys.executable, "-I", "-S", str(BOUND), str(os.getpid()), *command]


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and all it started, and reap it; a child that has ended already is no error."""
    with contextlib.suppress(ProcessLookupError):  # the group is gone, or was never ours to see
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
