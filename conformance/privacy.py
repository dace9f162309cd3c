"""Nothing private in what leaves: every output is searched for what was planted, and read by exiftool."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.support.corpus import camera, icc_profiles

SECRETS: Final = (*camera.PRIVATE, *icc_profiles.MARKS)
_SECONDS: Final = 120
# Groups of exiftool's that describe the file itself, and the colour that it needs.
_HARMLESS: Final = re.compile(r"ExifTool|System|File|Composite|JFIF|Adobe|ICC_Profile\d*|ICC-\w+|XMP-GPano|XMP-x")
_HARMLESS_TAGS: Final = frozenset({"IFD0:Orientation", "ExifIFD:ColorSpace", "InteropIFD:InteropIndex"})
_TELLING: Final = re.compile(
    r"GPS|Serial|Owner|Artist|Author|Creator|Maker|MakeAndModel|DeviceMfg|DeviceModel|DeviceManufacturer|Calibration"
    r"|Metadata|CharTarget|DateTimeOriginal|Comment|Software|Warning"
)
_EMPTY: Final = ("", "0", 0, "none", "None")


def planted_in(output: bytes) -> list[bytes]:
    """The secrets that an output holds."""
    return [secret for secret in SECRETS if secret in output]


def told_by_exiftool(files: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Each output with what exiftool reads out of it that is private; nothing where exiftool is not installed."""
    program, paths = shutil.which("exiftool"), [str(file) for file in files]
    if program is None or not paths:
        return
    answer = subprocess.run(
        [program, "-json", "-G1", "-a", "-u", *paths], capture_output=True, text=True, check=False, timeout=_SECONDS
    ).stdout
    for row in json.loads(answer or "[]"):
        yield from ((Path(row["SourceFile"]), tag) for tag in private_tags(row))


def private_tags(row: Mapping[str, Any]) -> list[str]:
    """Tags of one file of exiftool's JSON that an output must not have.

    Composite ones are made up of others; a value that says nothing counts as none.
    """
    return [
        f"{tag} = {str(value)[:60]}"
        for tag, value in row.items()
        if ":" in tag and value not in _EMPTY and not _is_harmless(tag)
    ]


def _is_harmless(tag: str) -> bool:
    group, _, name = tag.partition(":")
    if tag in _HARMLESS_TAGS:
        return True
    return bool(_HARMLESS.fullmatch(group)) and (group in {"System", "ExifTool"} or not _TELLING.search(name))
