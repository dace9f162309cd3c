"""The oldest boto3 that the handlers run on, and what it knows of the requests that they make.

The Lambda runtime brings a boto3 of AWS's choosing, so what the handlers ask of it must have been there at the floor
that they check (`handlers.runtime.clients.OLDEST_BOTOCORE`). ``boto3_floor.json`` is that floor's own word. To write it
anew, with an environment that holds the floor's botocore and nothing else::

    pip install --target /tmp/floor --no-deps botocore==1.36.0
    PYTHONPATH=/tmp/floor .venv/bin/python -m tests.support.boto3_floor
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

FACTS: Final = Path(__file__).with_suffix(".json")
HANDLERS: Final = Path(__file__).resolve().parents[2] / "handlers"
SERVICES: Final = ("s3", "sqs", "stepfunctions", "lambda", "secretsmanager")
_PAGINATED: Final = "list_objects_v2"  # whose paginator the handlers keep


def known() -> dict[str, Any]:
    """What the installed botocore knows: input members of each operation by method name, and options of `Config`."""
    import botocore
    from botocore import xform_name
    from botocore.config import Config
    from botocore.loaders import Loader

    operations: dict[str, list[str]] = {}
    for service in SERVICES:
        model = Loader().load_service_model(service, "service-2")
        for name, operation in model["operations"].items():
            shape = operation.get("input", {}).get("shape")
            members = sorted(model["shapes"][shape]["members"]) if shape else []
            operations[xform_name(name)] = members
    return {"botocore": botocore.__version__, "config": sorted(Config.OPTION_DEFAULTS), "operations": operations}


def requests() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Each request in the handlers' sources: where it stands, method name and members that are written out."""
    methods = known()["operations"].keys() | {"paginate"}
    for where, call in _calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr in methods:
            members = frozenset(keyword.arg for keyword in call.keywords if keyword.arg)
            if members and not call.args:
                method = _pages_of(call.func) if call.func.attr == "paginate" else call.func.attr
                yield where, method, members


def _pages_of(paginate: ast.Attribute) -> str:
    """The operation of ``get_paginator(...).paginate``."""
    paginator = paginate.value
    if isinstance(paginator, ast.Call) and isinstance(paginator.args[0], ast.Constant):
        return str(paginator.args[0].value)
    return _PAGINATED


def options() -> Iterator[tuple[str, str]]:
    """Each option of a botocore `Config` in the handlers' sources, and where it stands."""
    for where, call in _calls():
        if ast.unparse(call.func).rpartition(".")[2] == "Config":
            yield from ((where, keyword.arg) for keyword in call.keywords if keyword.arg)


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(HANDLERS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield f"{path.relative_to(HANDLERS)}:{node.lineno}", node


def main() -> None:
    """Write the installed botocore's word on the operations that the handlers use."""
    found = known()
    used = {method for _, method, _ in requests()}
    found["operations"] = {name: found["operations"][name] for name in sorted(used)}
    lines = [f'  "{name}": {json.dumps(members)}' for name, members in found["operations"].items()]
    text = '{{\n "botocore": "{}",\n "config": {},\n "operations": {{\n{}\n }}\n}}\n'
    text = text.format(found["botocore"], json.dumps(found["config"]), ",\n".join(lines))
    FACTS.write_text(text, encoding="utf-8")
    print(f"written: {FACTS} of botocore {found['botocore']}")


if __name__ == "__main__":
    main()
