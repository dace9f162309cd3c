"""What the real provider's own schemas say of each type, as `toolchain/provider_facts.py` recorded it from its code."""

import functools
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from toq_aws_provider.values import Value

FACTS = Path(__file__).with_name("facts.json")


@dataclass(frozen=True)
class Facts:
    """One resource type; `a.b` is attribute b in the blocks a.

    Parameters
    ----------
    made_with
        "sdk" for the older Terraform Plugin SDK, whose plans core judges less strictly, or "framework".
    schema_version
        Of the type's state.
    forces_new, forces_new_conditionally
        Paths whose change makes Terraform replace the resource; always, or when code of the provider says so.
    defaults
        Values that are filled in where the configuration is silent, by path.
    sensitive
        Paths that Terraform does not print.
    conflicts_with
        Path -> paths that may not be set beside it.
    decides_in_plan
        Whether code of the type's own decides during a plan too, of which a schema says nothing.
    """

    made_with: str = "sdk"
    schema_version: int = 0
    forces_new: tuple[str, ...] = ()
    forces_new_conditionally: tuple[str, ...] = ()
    defaults: dict[str, Value] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()
    conflicts_with: dict[str, list[str]] = field(default_factory=dict)
    decides_in_plan: bool = False

    def served(self, unsupported: tuple[str, ...]) -> "Facts":
        """The facts, without what changes or defaults inside blocks that are not served."""

        def is_served(path: str) -> bool:
            return not path.startswith(tuple(f"{name}." for name in unsupported))

        defaults = {path: value for path, value in self.defaults.items() if is_served(path)}
        return replace(self, forces_new=tuple(filter(is_served, self.forces_new)), defaults=defaults)


@functools.cache
def recorded() -> dict[str, Any]:
    """The recorded document: `version` of the provider's code, and `resources` by type."""
    document: dict[str, Any] = json.loads(FACTS.read_text(encoding="utf-8"))
    return document


def of(type_name: str) -> Facts | None:
    """Facts of a type, None of one that is not recorded."""
    said: dict[str, Any] | None = recorded()["resources"].get(type_name)
    if said is None:
        return None
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return Facts(**fields)
