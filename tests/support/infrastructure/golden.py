"""Golden files: what each environment's Terraform says, for reviewers to read as a diff.

``python -m tests.support.infrastructure.golden`` writes them anew after a wanted change.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

DIRECTORY: Final = Path(__file__).parents[2] / "infrastructure" / "golden"
_WIDTH: Final = 120  # characters of a line, where its content allows

# Attributes that hold a JSON document as text; in a golden file they are unfolded.
_DOCUMENTS: Final = frozenset(
    {
        "assume_role_policy",
        "dashboard_body",
        "definition",
        "event_pattern",
        "format",
        "policy",
        "redrive_allow_policy",
        "redrive_policy",
        "schema",
        "template_body",
    }
)


def rendered(stack: dict[str, Any]) -> str:
    """A stack's Terraform without cdktf's metadata: documents unfolded, members sorted, what fits on one line there."""
    return _laid_out(_unfolded(stack), 0) + "\n"


def golden_file(environment: str) -> Path:
    """Where an environment's golden file stands."""
    return DIRECTORY / f"{environment}.tf.json"


def _unfolded(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _unfolded(member, key) for key, member in value.items() if key != "//"}
    if isinstance(value, list):
        return [_unfolded(member) for member in value]
    if name in _DOCUMENTS and isinstance(value, str) and value.startswith("{"):
        return {"<json>": json.loads(value)}
    return value


def _laid_out(value: Any, indent: int) -> str:
    line = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if indent + len(line) <= _WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = " " * (indent + 2)
    if isinstance(value, list):
        parts = [inner + _laid_out(member, indent + 2) for member in value]
        return "[\n" + ",\n".join(parts) + "\n" + " " * indent + "]"
    parts = [f"{inner}{json.dumps(key)}: {_laid_out(value[key], indent + 2)}" for key in sorted(value)]
    return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"


def main() -> int:
    """Write the golden file of every environment."""
    from modules.environments import config
    from modules.stack import synthesize

    environments = [config.load(name) for name in config.names()]
    with tempfile.TemporaryDirectory() as directory:
        folders = synthesize(environments, Path(directory))
        for environment, folder in zip(environments, folders, strict=True):
            stack = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
            golden_file(environment.name).write_text(rendered(stack), encoding="utf-8")
            print(golden_file(environment.name).relative_to(Path.cwd()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
