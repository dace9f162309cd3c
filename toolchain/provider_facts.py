"""Records what the AWS provider's own schemas say of the stacks' types: ``python -m toolchain.provider_facts``.

The pinned bindings have the shape of each type and nothing else. What forces a new resource and which defaults there
are is asked of the provider's own code, by a small program that is compiled inside its module (``provider_facts.go``),
and committed as ``localstack/aws_provider/toq_aws_provider/facts.json``, where the stand-in takes it from.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from toolchain.errors import SetupError
from toolchain.go import find_go
from toolchain.interpreters import last_line
from toolchain.paths import ROOT
from toolchain.provider_build import GOLDEN, MODULE, VERSION, ProviderSource, stack_types, unpacked

SERVED: Final = ROOT / "localstack/aws_provider/toq_aws_provider"
FACTS: Final = SERVED / "facts.json"
SCHEMAS: Final = SERVED / "schemas.json"
PROGRAM: Final = Path(__file__).with_suffix(".go")
# A folder below internal/, as Go lets nobody outside the module import what stands there.
_PLACE: Final = "internal/facts"
_PATHS: Final = ("forces_new", "forces_new_conditionally", "sensitive")
_BY_PATH: Final = ("defaults", "conflicts_with")


def add_program(overlay: Path, source: ProviderSource) -> None:
    """Put the program into the module, by the overlay alone."""
    document = json.loads(overlay.read_text(encoding="utf-8"))
    document["Replace"][str(source.root / _PLACE / "main.go")] = str(PROGRAM)
    overlay.write_text(json.dumps(document), encoding="utf-8")


def ask_provider(types: Iterable[str]) -> dict[str, Any]:
    """What the provider's schemas say of resource types, by type.

    Raises
    ------
    SetupError
        There is no Go or no source, the program does not compile, or the provider lacks a type.
    """
    go, wanted = find_go(), sorted(types)
    with unpacked(go) as source, tempfile.TemporaryDirectory() as folder:
        overlay = source.overlay(source.services(stack_types()), Path(folder) / "overlay")
        add_program(overlay, source)
        program = Path(folder) / "facts"
        commands: list[list[str | Path]] = [
            [go, "build", "-overlay", overlay, "-o", program, f"./{_PLACE}"],
            [program, *wanted],
        ]
        for command in commands:
            done = subprocess.run(command, cwd=source.root, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SetupError(f"{MODULE}@{VERSION} cannot be asked for its schemas ({last_line(done.stderr)})")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def resource_types(folder: Path = GOLDEN) -> set[str]:
    """Resource types of every environment's emitted Terraform."""
    return {name for file in sorted(folder.glob("*.tf.json")) for name in json.loads(file.read_text())["resource"]}


def known_to(schema: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts about what the pinned version's schema has: the built code is newer and has more."""
    kept = dict(facts)
    for name in _PATHS:
        if name in kept:
            kept[name] = [path for path in kept[name] if _leads_somewhere(path, schema)]
    for name in _BY_PATH:
        if name in kept:
            kept[name] = {path: value for path, value in kept[name].items() if _leads_somewhere(path, schema)}
    return {name: value for name, value in kept.items() if value not in ([], {})}


def _leads_somewhere(path: str, schema: Mapping[str, Any]) -> bool:
    name, _, rest = path.partition(".")
    blocks = schema.get("blocks", {})
    if not rest:
        return name in schema["attributes"] or name in blocks
    return name in blocks and _leads_somewhere(rest, blocks[name]["block"])


def render(facts: Mapping[str, Mapping[str, Any]]) -> str:
    """The facts as JSON with one type per line, sorted, so that a newer provider gives a readable difference."""
    schemas = json.loads(SCHEMAS.read_text(encoding="utf-8"))["resources"]
    lines = (
        f'"{name}":{json.dumps(known_to(schemas[name], facts[name]), sort_keys=True, separators=(",", ":"))}'
        for name in sorted(facts)
    )
    return f'{{\n"version":"{VERSION}",\n"resources":{{\n' + ",\n".join(lines) + "\n}\n}\n"


def main(arguments: Sequence[str]) -> int:
    """Write ``facts.json``, or with `--check` compare it; 2 when it is not current or cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m toolchain.provider_facts", description="Record provider facts.")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args(arguments).check
    try:
        text = render(ask_provider(resource_types()))
    except SetupError as error:
        print(f"facts: {error}", file=sys.stderr)
        return error.exit_code
    if not check:
        FACTS.write_text(text, encoding="utf-8")
    elif FACTS.read_text(encoding="utf-8") != text:
        print(f"{FACTS.name} is not current: run `python -m toolchain.provider_facts`", file=sys.stderr)
        return SetupError.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
