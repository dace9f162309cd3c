"""Peaks of memory are of the process alone."""

import subprocess
import sys

from bench.memory import peak_rss_mib

_TELL = "from bench.memory import peak_rss_mib; print(peak_rss_mib())"
_LARGE = 200  # MiB
# Holds memory, then tells its own peak and that of a small program that it starts.
_PARENT = f"""
import subprocess, sys
held = b"x" * ({_LARGE} << 20)
{_TELL}
print(subprocess.run([sys.executable, "-c", {_TELL!r}], capture_output=True, text=True, check=True).stdout, end="")
"""


def test_a_small_program_does_not_show_the_memory_of_the_large_one_that_started_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _PARENT], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    parent, child = map(float, told.split())
    assert parent > _LARGE
    assert child < _LARGE / 2


def test_another_processs_peak_is_read_by_its_number() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert 0 < peak_rss_mib(process.pid) < 1000
        process.communicate(b"\n", timeout=30)
