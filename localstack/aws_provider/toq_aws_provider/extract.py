"""Extracts the schemas of the types this provider serves from the pinned cdktf bindings.

`python -m toq_aws_provider.extract` rewrites `schemas.json`; with `--check` it only compares and fails when the
file is not what the installed bindings give.

The bindings (cdktf-cdktf-provider-aws) are generated from the provider's own schema. Their jsii bundle holds, in inline
source maps, the TypeScript in which every attribute is announced by `// name - computed: X, optional: Y, required: Z`
and every block by a documentation comment `NAME block`. Not to be found there are default values, which changes force a
new resource, and what is sensitive: those facts stand in `resources/`.
"""

import base64
import importlib.util
import json
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

from toq_aws_provider.registry import DATA_SOURCE_TYPES, RESOURCE_TYPES
from toq_aws_provider.schema import SCHEMAS

PACKAGE = "cdktf_cdktf_provider_aws"
Json = dict[str, Any]

_ANNOUNCEMENT = re.compile(r"^  // (\w+) - computed: (\w+), optional: (\w+), required: (\w+)\n", re.M)
_CLASS = re.compile(r"^export class (\w+) extends cdktf\.(\w+) \{\n(.*?)^\}", re.M | re.S)
_TO_HCL = re.compile(r"^export function (\w+)ToHclTerraform\(.*?\n(.*?)^\}", re.M | re.S)
_INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{\n(.*?)^\}", re.M | re.S)
_BLOCK_COMMENT = re.compile(r"^  /\*\*\n  \* (\w+) block\n", re.M)
_HCL_METADATA = re.compile(
    r'^\s+(\w+): \{\n\s+value: .*?,\n\s+isBlock: \w+,\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)",', re.M
)
_STORED = re.compile(r"= new (\w+)\(this, \"\w+\"(?:, (true|false))?\)")
_STORED_BY_CDKTF = re.compile(r"= new cdktf\.(\w+)\(this, \"\w+\"(?:, (true|false))?\)")

# Getter `this.getXAttribute(` of cdktf's base classes -> cty type.
_GETTERS: dict[str, Any] = {
    "String": "string",
    "Number": "number",
    "Boolean": "bool",
    "List": ["list", "string"],
    "NumberList": ["list", "number"],
    "StringMap": ["map", "string"],
    "NumberMap": ["map", "number"],
    "BooleanMap": ["map", "bool"],
    "AnyMap": ["map", "dynamic"],
}
_STORAGE = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}


def storage_type(name: str, kind: str | None) -> Any:
    """The cty type of a cdktf storage class, for example `stringMapList` of kind set -> set of map of string."""
    for suffix, default in (("List", "list"), ("Map", "map")):
        if name.endswith(suffix):
            outer = kind if kind in ("set", "list", "map") else default
            return [outer, storage_type(name.removesuffix(suffix), kind)]
    return _STORAGE[name]


class Binding:
    """One generated module: what a resource, data source or the provider declares."""

    def __init__(self, typescript: str) -> None:
        self.classes = {match[1]: (match[2], match[3]) for match in _CLASS.finditer(typescript)}
        # Function names differ from the structs' in case only.
        self.metadata = {match[1].lower(): _hcl_metadata(match[2]) for match in _TO_HCL.finditer(typescript)}
        self.block_names = {
            match[1]: set(_BLOCK_COMMENT.findall(match[2])) for match in _INTERFACE.finditer(typescript)
        }

    def schema(self) -> tuple[str, str, Json]:
        """Base class, Terraform type name and schema of the module's one resource."""
        for name, (base, body) in self.classes.items():
            if base in ("TerraformResource", "TerraformDataSource", "TerraformProvider"):
                found = re.search(r'tfResourceType = "(\w+)"', body)
                if found is None:
                    raise ValueError(f"class {name} names no Terraform type: the bindings' layout has changed")
                metadata = _hcl_metadata(body[body.index("synthesizeHclAttributes") :])
                if base == "TerraformProvider":
                    return base, found[1], self._provider_block(f"{name}Config", metadata)
                return base, found[1], self._block(name, f"{name}Config", metadata)
        raise ValueError("no Terraform class found: the bindings' layout has changed")

    def _block(self, class_name: str, interface: str, metadata: dict[str, tuple[str, str]]) -> Json:
        body = self.classes[class_name][1]
        attributes: Json = {}
        blocks: Json = {}
        marks = list(_ANNOUNCEMENT.finditer(body))
        ends = [mark.start() for mark in marks[1:]] + [len(body)] * bool(marks)
        for mark, end in zip(marks, ends, strict=True):
            name, code = mark[1], body[mark.end() : end]
            flags = {
                flag: True
                for flag, group in (("computed", 2), ("optional", 3), ("required", 4))
                if mark[group] == "true"
            }
            kind, storage = metadata.get(name, (None, None))
            stored = _STORED.search(code)
            if stored is None:
                attributes[name] = {"type": _simple_type(code, kind, storage), **flags}
                continue
            nesting, struct, one_only = self._nesting(stored, kind)
            inner = self._block(f"{struct}OutputReference", struct, self.metadata.get(struct.lower(), {}))
            if name in self.block_names.get(interface, ()):
                blocks[name] = {"nesting": nesting, "block": inner}
                if flags.get("required") and nesting != "single":
                    blocks[name]["min_items"] = 1
                if one_only:
                    blocks[name]["max_items"] = 1
            else:  # an attribute that is a list of objects
                item = ["object", {key: value["type"] for key, value in inner["attributes"].items()}]
                attributes[name] = {"type": item if nesting == "single" else [nesting, item], **flags}
        return {"attributes": attributes, **({"blocks": blocks} if blocks else {})}

    def _nesting(self, stored: re.Match[str], kind: str | None) -> tuple[str, str, bool]:
        """Nesting mode, struct name and whether at most one is allowed, of a field that holds structs."""
        wrapper, wraps_set = stored[1], stored[2]
        if wrapper.endswith("OutputReference"):
            struct = wrapper.removesuffix("OutputReference")
            return (kind, struct, True) if kind in ("list", "set") else ("single", struct, False)
        getter = re.search(r"public get\(\w+: \w+\): (\w+)OutputReference", self.classes[wrapper][1])
        if getter is None:
            raise ValueError(f"class {wrapper} has no item getter: the bindings' layout has changed")
        if wrapper.endswith("Map") and wraps_set is None:
            return "map", getter[1], False
        return "set" if wraps_set == "true" else "list", getter[1], False

    def _provider_block(self, interface: str, metadata: dict[str, tuple[str, str]]) -> Json:
        """The provider's own configuration, which the bindings store as plain values: all of it is optional."""
        attributes: Json = {}
        blocks: Json = {}
        for name, (kind, storage) in metadata.items():
            if name in self.block_names.get(interface, ()):
                struct = storage.removesuffix("List")
                inner = self._provider_block(struct, self.metadata[struct.lower()])
                blocks[name] = {"nesting": "single" if kind == "struct" else kind, "block": inner}
            elif name != "alias":  # Terraform's own argument, which cdktf adds
                attributes[name] = {"type": storage_type(storage, kind), "optional": True}
        return {"attributes": attributes, **({"blocks": blocks} if blocks else {})}


def _hcl_metadata(body: str) -> dict[str, tuple[str, str]]:
    return {match[1]: (match[2], match[3]) for match in _HCL_METADATA.finditer(body)}


def _simple_type(code: str, kind: str | None, storage: str | None) -> Any:
    getter = re.search(r"this\.get(\w+)Attribute\(", code)
    by_cdktf = _STORED_BY_CDKTF.search(code)
    if getter:
        result = _GETTERS[getter[1]]
    elif storage:
        result = storage_type(storage, kind)
    elif by_cdktf:
        result = storage_type(by_cdktf[1][0].lower() + by_cdktf[1][1:], None)
    else:
        result = "dynamic"
    is_set = kind == "set" or "Fn.tolist(" in code or bool(by_cdktf and by_cdktf[2] == "true")
    return ["set", result[1]] if is_set and isinstance(result, list) else result


def _typescript(javascript: str) -> str:
    source_map = javascript.rsplit("sourceMappingURL=data:application/json;base64,", 1)[1]
    source: str = json.loads(base64.b64decode(source_map))["sourcesContent"][0]
    return source


def bundle() -> Path:
    """The jsii bundle of the installed bindings, found without importing them (which takes a minute).

    Raises
    ------
    FileNotFoundError
        When the bindings are not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    bundles = sorted(Path(spec.origin).parent.glob("_jsii/*.tgz")) if spec and spec.origin else []
    if not bundles:
        raise FileNotFoundError(f"{PACKAGE} is not installed: run `uv sync`")
    return bundles[0]


def extract(archive: Path) -> Json:
    """Schemas of all served types: `provider`, `resources`, `data_sources`, each by Terraform type name.

    Raises
    ------
    LookupError
        When the bundle lacks a served type.
    """
    wanted = {"provider": "provider"} | {name.removeprefix("aws_"): name for name in RESOURCE_TYPES}
    wanted |= {f"data_{name}": name for name in DATA_SOURCE_TYPES}
    result: Json = {"provider": None, "resources": {}, "data_sources": {}}
    section = {"TerraformResource": "resources", "TerraformDataSource": "data_sources"}
    with tarfile.open(archive, "r|gz") as tar:
        for member in tar:
            module = re.fullmatch(r"package/lib/([\w-]+)/index\.js", member.name)
            content = tar.extractfile(member) if module and module[1].replace("-", "_") in wanted else None
            if content is None:
                continue
            base, type_name, schema = Binding(_typescript(content.read().decode())).schema()
            if base == "TerraformProvider":
                result["provider"] = schema
            else:
                result[section[base]][type_name] = schema
    missing = {*RESOURCE_TYPES} - {*result["resources"]} | {*DATA_SOURCE_TYPES} - {*result["data_sources"]}
    if missing or result["provider"] is None:
        raise LookupError(f"{archive.name} lacks {sorted(missing) or 'the provider'}")
    return result


def render(schemas: Json) -> str:
    """The schemas as JSON with one type per line, sorted, so that a new binding gives a readable difference."""

    def compact(value: Json) -> str:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))

    sections = [f'"provider":{compact(schemas["provider"])}']
    for name in ("resources", "data_sources"):
        lines = ",\n".join(f'"{type_name}":{compact(schema)}' for type_name, schema in sorted(schemas[name].items()))
        sections.append(f'"{name}":{{\n{lines}\n}}')
    return "{\n" + ",\n".join(sections) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Write `schemas.json`, or with `--check` compare it; 2 when it is not current."""
    text = render(extract(bundle()))
    if "--check" not in arguments:
        SCHEMAS.write_text(text)
    elif SCHEMAS.read_text() != text:
        print(f"{SCHEMAS.name} is not current: run `python -m toq_aws_provider.extract`", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
