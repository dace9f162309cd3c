"""Where two providers' states of the same stack differ, and where they may."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from localstack.conformance.state import Resources, Value
from toolchain.paths import ROOT

# Attributes in which the stand-in differs, each with its reason.
REASONS: Final = ROOT / "localstack/aws_provider/differences.toml"
_NOTHING: Final = "(nothing)"


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute of one resource.

    Parameters
    ----------
    address
        Of the resource.
    path
        Type and attribute, without the places in lists: ``aws_sqs_queue.fifo_queue``.
    real, double
        What the real provider and the stand-in have there.
    """

    address: str
    path: str
    real: Value
    double: Value

    def __str__(self) -> str:
        return f"{self.address}: {self.path} is {_short(self.real)} with the real provider, {_short(self.double)} here"


def differences(real: Resources, double: Resources) -> Iterator[Difference]:
    """Every attribute that is not the same, of the resources that both have.

    A stack that has changed since its record was made has others.
    """
    for address in sorted(real.keys() & double.keys()):
        for path, mine, other in _unequal(address.split(".")[0], real[address], double[address]):
            yield Difference(address, path, mine, other)


def read_reasons(table: Literal["planned", "state"], file: Path = REASONS) -> dict[str, str]:
    """Path of an attribute that may differ in the first plan, or in the state after it -> why."""
    reasons: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))[table]
    return reasons


def unexplained(found: Iterable[Difference], reasons: Mapping[str, str]) -> list[Difference]:
    """The differences that nothing allows."""
    return [difference for difference in found if difference.path not in reasons]


def unneeded(found: Iterable[Difference], reasons: Mapping[str, str]) -> set[str]:
    """The reasons for which there is no difference."""
    return reasons.keys() - {difference.path for difference in found}


def _unequal(path: str, real: Value, double: Value) -> Iterator[tuple[str, Value, Value]]:
    if real == double and type(real) is type(double):  # False is not 0
        return
    if isinstance(real, Mapping) and isinstance(double, Mapping):
        for name in sorted(real.keys() | double.keys()):
            yield from _unequal(f"{path}.{name}", real.get(name, _NOTHING), double.get(name, _NOTHING))
    elif _are_blocks(real) and _are_blocks(double) and len(real) == len(double):
        for mine, other in zip(real, double, strict=True):
            yield from _unequal(path, mine, other)
    else:
        yield path, real, double


def _are_blocks(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _short(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
