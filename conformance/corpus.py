"""The files that are shown to everybody, each by its name.

A case is a row of `conformance.photos`, `conformance.tiffs` or `conformance.videos`: a name, how the file's name ends,
and what makes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Case:
    """One file.

    Parameters
    ----------
    name
        Unique; the first part of a disagreement's name.
    suffix
        As decoders expect it: ``.jpg``, ``.tif``, ``.mp4``, ...
    make
        Gives the content.
    refused
        Whether the pipeline must not take it, whatever others show: half a photo is no photo.
    """

    name: str
    suffix: str
    make: Callable[[], bytes]
    refused: bool = False

    def write(self, folder: Path) -> Path:
        """Make the file in a folder."""
        file = folder / f"{self.name}{self.suffix}"
        file.write_bytes(self.make())
        return file
