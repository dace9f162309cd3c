"""Where generated things stand; all of it under ``build/`` and ``.venv/``, which `git clean` may take at any time."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
VENV: Final = ROOT / ".venv"
BUILD: Final = ROOT / "build"
TOOLS: Final = BUILD / "tools"
TOOLS_BIN: Final = TOOLS / "bin"  # only what the PATH lacks
MYSQL: Final = BUILD / "mysql"
RUNS: Final = BUILD / "platform"  # one folder per run: logs stay, data goes when the run ends
UP_STATE: Final = RUNS / "up" / "state.json"  # of the platform that `make up` leaves running
LOCALSTACK_VENV: Final = BUILD / "venvs" / "localstack"
LOCALSTACK_PYTHON: Final = LOCALSTACK_VENV / "bin" / "python"
AWS_PROVIDER_VENV: Final = BUILD / "venvs" / "aws_provider"
AWS_PROVIDER_PYTHON: Final = AWS_PROVIDER_VENV / "bin" / "python"
MAIN_PYTHON: Final = VENV / "bin" / "python"
