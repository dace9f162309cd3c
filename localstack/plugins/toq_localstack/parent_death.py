"""Bind a process to its parent. Imports the standard library alone: it runs in interpreters of any version."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def bind(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends; survives exec.

    Parameters
    ----------
    parent
        Process id of the parent: when it has ended before the call, no signal would ever come, so leave at once.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    bind(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the caller's argument list, no shell
