"""``make outputs ENV=dev``: what Cloud Admin hands to the backend team (requirements, section 3).

Prints a fragment for the backend's ``env.yaml``, and leaves it beside the same as JSON in ``build/outputs/``. None of
it is secret: the callback secret is named, its value stays in Secrets Manager.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from operations.terraform import plain, reached
from toolchain.errors import SetupError
from toolchain.paths import BUILD

FOLDER: Final = BUILD / "outputs"
OUTPUTS_VARIABLE: Final = "TOQ_OUTPUTS"  # path of a JSON file with the outputs, as the local platform writes it


def read_outputs(environment: str) -> dict[str, Any]:
    """Terraform's outputs by name.

    From the file that ``TOQ_OUTPUTS`` names, where it is set; otherwise from Terraform's state.

    Raises
    ------
    SetupError
        There are none, or they cannot be read.
    """
    file = os.environ.get(OUTPUTS_VARIABLE)
    outputs = _read(environment, Path(file)) if file else _ask_terraform(environment)
    if not outputs:
        raise SetupError(f"{environment} has no outputs: run `make deploy ENV={environment}` first")
    return dict(sorted(outputs.items()))


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


def _read(environment: str, file: Path) -> dict[str, Any]:
    """From a file as Terraform prints it, or with plain values as the local platform writes it."""
    try:
        outputs: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(f"{OUTPUTS_VARIABLE}={file} cannot be read ({error}): start the platform anew") from error
    except ValueError as error:
        raise SetupError(f"the outputs of {environment} are no JSON ({error}): deploy again") from error
    return {name: plain(output) for name, output in outputs.items()}


def _ask_terraform(environment: str) -> dict[str, Any]:
    stack = reached(environment)
    stack.ask("init", "-no-color")  # a fresh clone has not met the state yet
    return stack.outputs()


def main(arguments: list[str]) -> int:
    """Print and write the outputs of one environment; 2 when there are none."""
    parser = argparse.ArgumentParser(prog="python -m operations.outputs", description=__doc__)
    parser.add_argument("environment", help="name under environments/")
    parser.add_argument("--format", choices=("yaml", "json"), default="yaml", help="what is printed")
    options = parser.parse_args(arguments)
    try:
        outputs = read_outputs(options.environment)
    except SetupError as error:
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
