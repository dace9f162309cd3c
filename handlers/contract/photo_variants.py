"""The table of a photo's variants: the four that every photo has, and those that an environment adds.

What an environment adds travels as one text in an environment variable: it is what a rendering depends on beside code.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from handlers.contract.keys import VARIANT_WIDTHS
from handlers.contract.media_types import Kind
from handlers.contract.names import PHOTO_VARIANTS

MOST_ADDED: Final = 4
MAX_WIDTH: Final = 3840  # pixels
# Letters and digits alone: in "a-b-c.jpg" only the last dash parts the photo's name from the variant's, so no two
# photos share a key. 16 of them keep "-NAME.webp" within what `handlers.contract.keys.MAX_KEY_BYTES` leaves.
NAME: Final = re.compile(r"[a-z][a-z0-9]{0,15}")


class Encoding(StrEnum):
    """How a variant is stored; the value is its name in `environments/*.toml`."""

    content_type: str
    extension: str

    def __new__(cls, value: str, *row: str) -> "Encoding":
        encoding = str.__new__(cls, value)
        encoding._value_ = value
        encoding.content_type, encoding.extension = row
        return encoding

    JPEG = "jpeg", "image/jpeg", "jpg"
    WEBP = "webp", "image/webp", "webp"


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the table.

    Parameters
    ----------
    name
        Key of the output in the callback's ``outputs``, and last part of its object's name.
    width
        Pixels, once the photo is upright; a narrower photo keeps its own.
    max_bytes
        Size of the object; the quality steps down until it fits. None for no bound.
    """

    name: str
    width: int
    encoding: Encoding = Encoding.JPEG
    max_bytes: int | None = None


type Table = tuple[Variant, ...]

REQUIRED: Final[Table] = tuple(Variant(name, width) for name, width in VARIANT_WIDTHS.items())
# Names of other outputs, which an added variant would hide from the backend.
RESERVED: Final = frozenset(
    {variant.name for variant in REQUIRED}
    | {kind.treatment.main_output for kind in Kind}
    | {kind.treatment.thumbnail_output for kind in Kind if kind.treatment.thumbnail_output}
)


def to_text(added: Iterable[Variant]) -> str:
    """Added variants as one text without blanks at its ends or quotes in it: ``name:width:encoding:bytes ...``."""
    return " ".join(f"{one.name}:{one.width}:{one.encoding}:{one.max_bytes}" for one in added)


def table(environment: Mapping[str, str]) -> Table:
    """The table of the function that runs in this environment.

    Raises
    ------
    ValueError
        The variable `PHOTO_VARIANTS` is not what `to_text` writes.
    """
    return (*REQUIRED, *(_variant(row) for row in environment.get(PHOTO_VARIANTS, "").split()))


def _variant(row: str) -> Variant:
    try:
        name, width, encoding, max_bytes = row.split(":")
        return Variant(name, int(width), Encoding(encoding), int(max_bytes))
    except ValueError as error:
        message = f"environment variable {PHOTO_VARIANTS} must hold name:width:encoding:bytes, not {row!r}"
        raise ValueError(message) from error
