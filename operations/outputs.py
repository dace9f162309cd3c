"""``make outputs ENV=dev``: what Cloud Admin hands to the backend team (requirements, section 3).

Prints a fragment for the backend's ``env.yaml``, and leaves it beside the same as JSON in ``build/outputs/``. None of
it is secret: the callback secret is named, its value stays in Secrets Manager.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from operations.deployment import OUTPUTS_VARIABLE, UsageError

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "build" / "outputs"


def read_outputs(environment: str) -> dict[str, Any]:
    """Terraform's outputs by name.

    From the file that ``TOQ_OUTPUTS`` names, where it is set; otherwise from Terraform's state.

    Raises
    ------
    UsageError
        There are none, or they can not be read.
    """
    file = os.environ.get(OUTPUTS_VARIABLE)
    text = _read(Path(file)) if file else _ask_terraform(environment)
    try:
        outputs: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise UsageError(f"the outputs of {environment} are no JSON ({error}): deploy again") from error
    if not outputs:
        raise UsageError(f"{environment} has no outputs: run `make deploy ENV={environment}` first")
    return {name: _value(output) for name, output in sorted(outputs.items())}


def as_yaml(environment: str, outputs: Mapping[str, Any]) -> str:
    """The fragment for ``env.yaml``: every value in double quotes, since an account's leading zeros are no number."""
    lines = [
        f"# Media pipeline, environment {environment}: written by `make outputs ENV={environment}`.",
        "media_processing:",
    ]
    for name, value in outputs.items():
        if isinstance(value, Mapping):
            lines.append(f"  {name}:")
            lines += [f"    {key}: {json.dumps(member)}" for key, member in sorted(value.items())]
        else:
            lines.append(f"  {name}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def as_json(outputs: Mapping[str, Any]) -> str:
    """The same for programs."""
    return json.dumps(outputs, indent=2, sort_keys=True) + "\n"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{OUTPUTS_VARIABLE}={file} can not be read ({error}): start the platform anew") from error


def _ask_terraform(environment: str) -> str:
    from operations.terraform import reached
    from toolchain.errors import SetupError

    try:
        stack = reached(environment)
    except SetupError as error:
        raise UsageError(str(error)) from error
    if not stack.directory.is_dir():
        raise UsageError(f"{stack.name} is not synthesised: run `make deploy ENV={environment}` first")
    for words in (("init", "-no-color"), ("output", "-json")):  # a fresh clone has not met the state yet
        done = subprocess.run(
            ["terraform", *words], cwd=stack.directory, env=stack.variables, capture_output=True, text=True, check=False
        )
        if done.returncode:
            lines = [line.strip(" │╷╵") for line in done.stderr.splitlines()]
            reason = next((line for line in lines if line), "no reason given")
            raise UsageError(f"terraform {words[0]} failed for {environment} ({reason}): check credentials")
    return done.stdout


def _value(output: Any) -> Any:
    """Terraform wraps each output as ``{"value", "type", "sensitive"}``; a plain value stays as it is."""
    return output["value"] if isinstance(output, dict) and {"value", "type"} <= set(output) else output


def main(arguments: list[str]) -> int:
    """Print and write the outputs of one environment; 2 when there are none."""
    parser = argparse.ArgumentParser(prog="python -m operations.outputs", description=__doc__)
    parser.add_argument("environment", help="name under environments/")
    parser.add_argument("--format", choices=("yaml", "json"), default="yaml", help="what is printed")
    options = parser.parse_args(arguments)
    try:
        outputs = read_outputs(options.environment)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    written = {"yaml": as_yaml(options.environment, outputs), "json": as_json(outputs)}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for form, text in written.items():
        (FOLDER / f"{options.environment}.{form}").write_text(text, encoding="utf-8")
    print(written[options.format], end="")
    print(f"written: build/outputs/{options.environment}.yaml and .json", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
