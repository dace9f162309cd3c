"""The most memory that a process has held, whatever its parent held before it."""

from pathlib import Path


def peak_rss_mib(process: int | str = "self") -> float:
    """Peak of the resident memory of a running process, in MiB.

    ``VmHWM`` is of the program that runs (man 5 proc). ``ru_maxrss`` of getrusage is kept over an exec (man 2
    getrusage), so that a small program started by a large one shows the large one's.

    Parameters
    ----------
    process
        Its number; the calling process unless given.
    """
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
