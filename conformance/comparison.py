"""Where two see a file differently, and where they may."""

import fnmatch
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.views import PhotoView, Refusal, VideoView, View

# ``case/decoder/aspect``, in which ``*`` stands for anything -> why they may differ there.
REASONS: Final = Path(__file__).with_name("explanations.toml")
COLOUR_TOLERANCE: Final = 8  # of 255: what one more JPEG, and another rounding of a profile, do to a mean
SECONDS_TOLERANCE: Final = 0.1
RATE_TOLERANCE: Final = 0.05  # frames a second: tells 59.94 from 60


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One thing that a decoder sees differently.

    Parameters
    ----------
    case, decoder, aspect
        Together the name under which it can be explained.
    ours, theirs
        What the pipeline and the decoder see, as text.
    """

    case: str
    decoder: str
    aspect: str
    ours: str
    theirs: str

    @property
    def name(self) -> str:
        return f"{self.case}/{self.decoder}/{self.aspect}"

    def __str__(self) -> str:
        return f"{self.name}: {self.ours} here, {self.theirs} there"


def compare(case: str, decoder: str, ours: View, theirs: View) -> Iterator[Disagreement]:
    """Every aspect in which the two differ; that both refuse a file is agreement."""
    for aspect, mine, other in _unequal(ours, theirs):
        yield Disagreement(case, decoder, aspect, mine, other)


def read_reasons(file: Path = REASONS) -> dict[str, str]:
    """Pattern of disagreements -> reason."""
    reasons: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
    return reasons


def reason_of(found: Disagreement, reasons: Mapping[str, str]) -> str | None:
    """Why a disagreement is right; None where nothing says so."""
    return next((why for pattern, why in reasons.items() if fnmatch.fnmatchcase(found.name, pattern)), None)


def unneeded(found: Iterable[Disagreement], reasons: Mapping[str, str], decoders: Iterable[str]) -> list[str]:
    """Patterns that explain nothing, although their decoder was asked."""
    names, asked = [each.name for each in found], set(decoders)
    return [
        pattern
        for pattern in reasons
        if (pattern.split("/")[1] in asked | {"*"}) and not fnmatch.filter(names, pattern)
    ]


def _unequal(ours: View, theirs: View) -> Iterator[tuple[str, str, str]]:
    if isinstance(ours, Refusal) or isinstance(theirs, Refusal):
        if type(ours) is not type(theirs) and not _is_size_alone(theirs):
            yield _refusal(ours), _shown(ours), _shown(theirs)
        return
    if (ours.width, ours.height) != (theirs.width, theirs.height):
        yield "size", f"{ours.width} x {ours.height}", f"{theirs.width} x {theirs.height}"
    if isinstance(ours, PhotoView) and isinstance(theirs, PhotoView):
        yield from _unequal_colours(ours, theirs)
    elif isinstance(ours, VideoView) and isinstance(theirs, VideoView):
        yield from _unequal_playing(ours, theirs)


def _refusal(ours: View) -> str:
    """``unsupported`` where the pipeline says that the file is whole but of no kind that it takes."""
    return "unsupported" if isinstance(ours, Refusal) and ours.reason.startswith("UNSUPPORTED") else "refused"


def _is_size_alone(view: View) -> bool:
    """Who reads no pixels cannot tell whether a photo is whole."""
    return isinstance(view, PhotoView) and view.cells is None


def _unequal_colours(ours: PhotoView, theirs: PhotoView) -> Iterator[tuple[str, str, str]]:
    if ours.cells is None or theirs.cells is None:
        return
    distances = [
        (max(abs(a - b) for a, b in zip(mine, other, strict=True)), mine, other)
        for mine, other in zip(ours.cells, theirs.cells, strict=True)
    ]
    distance, mine, other = max(distances)
    if distance > COLOUR_TOLERANCE:
        yield "colours", str(mine), str(other)


def _unequal_playing(ours: VideoView, theirs: VideoView) -> Iterator[tuple[str, str, str]]:
    for aspect, mine, other, tolerance in (
        ("length", ours.seconds, theirs.seconds, SECONDS_TOLERANCE),
        ("rate", ours.frame_rate, theirs.frame_rate, RATE_TOLERANCE),
    ):
        if other is not None and (mine is None or abs(mine - other) > tolerance):
            yield aspect, "unknown" if mine is None else f"{mine:.2f}", f"{other:.2f}"
    for aspect, one, two in (
        ("rotation", ours.rotation, theirs.rotation),
        ("codec", ours.codec, theirs.codec),
        ("transfer", ours.transfer, theirs.transfer),
        ("sound", ours.sound, theirs.sound),
    ):
        if two is not None and one != two:
            yield aspect, str(one), str(two)


def _shown(view: View) -> str:
    return f"refused ({view.reason})" if isinstance(view, Refusal) else "shown"
