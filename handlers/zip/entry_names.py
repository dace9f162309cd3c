"""File names inside a bundle: what people read, and what every system that unpacks it accepts."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from handlers.contract.batch import Asset
from handlers.contract.media_types import Kind, MediaType
from handlers.files.content_type import fitting_extension

MAX_NAME_BYTES: Final = 200  # UTF-8; file systems stop at 255, and people unpack into folders with names of their own

# Not allowed on Windows ("Naming Files, Paths, and Namespaces"), or a path separator somewhere.
_FORBIDDEN: Final = re.compile(r'[<>:"/\\|?*]')
# Control, format (also those that turn the direction of text), lone surrogates, private use.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,10}")


def number_width(assets: Iterable[Asset]) -> int:
    """Digits for the places in a listing: as many as the last one needs, at least two."""
    return max([2, *(len(str(asset.sequence)) for asset in assets)])


def name_entries(contents: Iterable[tuple[Asset, str]], width: int) -> list[str]:
    """Names in the ZIP, e.g. ``01 - Sala.jpg``: the place in the listing, then the title or the original file name.

    A name begins with digits, so it is never one of Windows' reserved names, hidden, a path, or ``MISSING.txt``. It is
    NFC, free of control and formatting characters, at most `MAX_NAME_BYTES` long, and unique also where the file system
    ignores case.

    Parameters
    ----------
    contents
        Asset and key of the object that stands for it, in the order of the ZIP.
    width
        `number_width` of the whole listing, so that a partial bundle names its files like the complete one.
    """
    taken: set[str] = set()
    return [_unique(f"{asset.sequence:0{width}d}", asset, key, taken) for asset, key in contents]


def label(asset: Asset) -> str:
    """The words for an asset: its title, else the name of the file that was uploaded; may be empty."""
    filename = asset.key.rsplit("/", 1)[-1]
    stem, dot, suffix = filename.rpartition(".")
    title = _clean(asset.title or "")
    if dot and title.casefold().endswith(f".{suffix.casefold()}"):
        title = title[: -len(suffix) - 1]
    return title.rstrip(". ") or _clean(stem or filename)


def _clean(text: str) -> str:
    """NFC, one line, nothing that a file system or a terminal takes for more than a letter."""
    spaced = "".join(" " if character.isspace() else character for character in unicodedata.normalize("NFC", text))
    visible = "".join(character for character in spaced if unicodedata.category(character) not in _INVISIBLE)
    return " ".join(_FORBIDDEN.sub("-", visible).split()).rstrip(". ")


def _unique(number: str, asset: Asset, key: str, taken: set[str]) -> str:
    extension = _extension(asset, key)
    words = label(asset)
    base = f"{number} - {words}" if words else number
    copy = 1
    while True:
        ending = f" ({copy}){extension}" if copy > 1 else extension
        name = _shortened(base, MAX_NAME_BYTES - len(ending.encode())) + ending
        if name.casefold() not in taken:
            taken.add(name.casefold())
            return name
        copy += 1


def _extension(asset: Asset, key: str) -> str:
    """With its dot. Our outputs are named by us; a document by its uploader, with the extension of its content."""
    dot = key.rfind(".", key.rfind("/"))
    named = key[dot:].lower() if dot >= 0 and _EXTENSION.fullmatch(key[dot:]) else ""
    if MediaType[asset.asset_type].kind is not Kind.DOCUMENT:
        return named
    fitting = fitting_extension(asset.content_type, named.removeprefix("."))
    return f".{fitting}" if fitting else ""


def _shortened(text: str, size: int) -> str:
    """The longest beginning that fits; never half a character, nor a letter without its accent."""
    if len(text.encode()) <= size:
        return text
    kept = text.encode()[:size].decode(errors="ignore")
    while kept and unicodedata.combining(text[len(kept)]):
        kept = kept[:-1]
    return kept.rstrip(". ")
