"""Where generated things stand; all of it under ``build/``, which `git clean` may take at any time."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
BUILD: Final = ROOT / "build"
TOOLS: Final = BUILD / "tools"
ARTIFACTS: Final = BUILD / "artifacts"
MYSQL: Final = BUILD / "mysql"
RUNS: Final = BUILD / "platform"  # one folder per run: logs stay, data goes when the run ends
LOCALSTACK_PYTHON: Final = BUILD / "venvs" / "localstack" / "bin" / "python"
MAIN_PYTHON: Final = ROOT / ".venv" / "bin" / "python"
