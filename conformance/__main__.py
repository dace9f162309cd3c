"""Shows the corpus to the pipeline and to every installed decoder, and names who disagrees: ``make conformance``.

``python -m conformance PATTERN...`` takes only the cases whose names match; ``*`` stands for anything.
"""

import fnmatch
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from conformance import privacy
from conformance.chromium import Chromium
from conformance.comparison import Disagreement, compare, read_reasons, reason_of, unneeded
from conformance.corpus import Case
from conformance.ffprobe import Ffprobe
from conformance.photo_decoders import PHOTO_DECODERS
from conformance.photos import PHOTOS
from conformance.pipeline import view_photo, view_picture, view_video
from conformance.videos import VIDEOS
from conformance.views import View

_OF_PROCESSED: Final = "-of-processed"  # behind the decoder's name, where it was shown our output
_OURSELVES: Final = "processed"  # our own two outputs, held against each other


class Decoder(Protocol):
    """A program beside ours."""

    @property
    def name(self) -> str:
        """How it is called in disagreements."""

    @property
    def program(self) -> str | None:
        """Where it is installed; None when it is not."""

    def see(self, files: Iterable[Path]) -> dict[Path, View]:
        """How each file looks that is of its kinds."""


DECODERS: Final[tuple[Decoder, ...]] = (*PHOTO_DECODERS, Chromium(), Ffprobe())


@dataclass(slots=True)
class Run:
    """What one run has found out.

    Parameters
    ----------
    views
        What the pipeline sees in each file: an upload, or a processed photo.
    cases, suffixes
        Each file's case, and what stands behind a decoder's name for it.
    """

    views: dict[Path, View] = field(default_factory=dict)
    cases: dict[Path, str] = field(default_factory=dict)
    suffixes: dict[Path, str] = field(default_factory=dict)
    outputs: dict[Path, str] = field(default_factory=dict)
    found: list[Disagreement] = field(default_factory=list)

    def add(self, case: Case, folder: Path) -> None:
        """Make a case's file and show it to the pipeline."""
        file = case.write(folder)
        self.cases[file], self.suffixes[file] = case.name, ""
        if case in VIDEOS:
            self.views[file] = view_video(file)
            return
        self.views[file], made = view_photo(file.read_bytes())
        if case.refused and made:
            self.found.append(Disagreement(case.name, _OURSELVES, "half", "shown", "to be refused"))
        for name, content in made.items():
            output = folder / f"{case.name}.{name}.jpg"
            output.write_bytes(content)
            self.outputs[output] = case.name
            self._search(case.name, name, content)
        if made:
            processed = folder / f"{case.name}.processed.jpg"
            self.views[processed], self.cases[processed] = self.views[file], case.name
            self.suffixes[processed] = _OF_PROCESSED
            self.found += compare(case.name, _OURSELVES, self.views[file], view_picture(made["processed"]))

    def ask(self, decoder: Decoder) -> None:
        """Show everything to a decoder."""
        for file, theirs in sorted(decoder.see(self.views).items()):
            name = decoder.name + self.suffixes[file]
            self.found += compare(self.cases[file], name, self.views[file], theirs)

    def search_by_exiftool(self) -> None:
        """Read every output's metadata."""
        for output, told in privacy.told_by_exiftool(self.outputs):
            self.found.append(Disagreement(self.outputs[output], "exiftool", "private", "nothing", told))

    def _search(self, case: str, output: str, content: bytes) -> None:
        for secret in privacy.planted_in(content):
            self.found.append(Disagreement(case, "bytes", "private", "nothing", f"{secret!r} in {output}"))


def report(found: Sequence[Disagreement], reasons: Mapping[str, str], asked: Iterable[str]) -> tuple[str, int]:
    """The text to print, and how many disagreements nothing explains."""
    lines, unexplained = [], 0
    for each in found:
        reason = reason_of(each, reasons)
        unexplained += reason is None
        lines += [str(each), f"      {reason or 'NOT EXPLAINED'}"]
    lines += [f"explains nothing any more: {pattern}" for pattern in unneeded(found, reasons, asked)]
    lines.append(f"{len(found)} disagreements, {unexplained} of them not explained")
    return "\n".join(lines), unexplained


def main(patterns: Sequence[str]) -> int:
    """Show the cases to everybody.

    Returns
    -------
    int
        0; 1 when a disagreement is not explained; 2 when no decoder is installed, or no case has such a name.
    """
    cases = [
        case
        for case in (*PHOTOS, *VIDEOS)
        if not patterns or any(fnmatch.fnmatchcase(case.name, pattern) for pattern in patterns)
    ]
    present = [decoder for decoder in DECODERS if decoder.program]
    for decoder in DECODERS:
        print(f"{decoder.name}: {decoder.program or 'not installed, skipped'}", file=sys.stderr)
    if not cases or not present:
        what = "no decoder is installed" if cases else f"no case is called {' or '.join(patterns)}"
        print(f"conformance: {what}", file=sys.stderr)
        return 2
    run = Run()
    with tempfile.TemporaryDirectory(prefix="toq-conformance-") as folder:
        for case in cases:
            run.add(case, Path(folder))
        with ThreadPoolExecutor(len(present)) as asking:
            list(asking.map(run.ask, present))
        run.search_by_exiftool()
    asked = [*(decoder.name + end for decoder in present for end in ("", _OF_PROCESSED)), _OURSELVES, "bytes"]
    text, unexplained = report(
        sorted(run.found, key=lambda each: each.name), read_reasons(), asked if not patterns else ()
    )
    print(f"{len(cases)} files\n{text}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
