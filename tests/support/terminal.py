"""Programs as a terminal starts them, however the tests themselves were started."""

import sys

_PROGRAM = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"


def interruptible(*command: str) -> list[str]:
    """The command, for a process that Ctrl-C ends.

    Tests that run in the background (``nohup make test &``) have SIGINT ignored, and every process that they start
    inherits that; Python then installs no handler for it. A program is right to leave it so: what a shell runs in the
    background is not to be ended by a Ctrl-C that is meant for something else.
    """
    return [sys.executable, "-I", "-S", "-c", _PROGRAM, *command]
