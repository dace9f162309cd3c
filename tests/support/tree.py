"""The files of this repository, as git tracks them."""

import subprocess
from pathlib import Path


def tracked(root: Path, *patterns: str) -> list[Path]:
    """Tracked files that match git's path patterns, relative to `root`, without those that were deleted."""
    listing = subprocess.run(["git", "ls-files", "-z", "--", *patterns], cwd=root, check=True, capture_output=True)
    paths = [Path(name) for name in listing.stdout.decode().split("\0") if name]
    return [path for path in paths if (root / path).is_file()]
