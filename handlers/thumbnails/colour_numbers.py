"""Colours that are given by numbers: as primaries and transfer of ITU-T H.273, or as gamma and chromaticities of a PNG.

They become ICC profiles, so that one engine converts all there is. Two transfers have no profile: see `tone_mapping`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from handlers.thumbnails.icc import (
    CURVE_SRGB,
    D50,
    Curve,
    display_p3_profile,
    grey_profile,
    matrix_profile,
    power_curve,
)

type Point = tuple[float, float]

PQ, HLG = 16, 18  # H.273, table 3
_BT_709, _UNSPECIFIED, _BT_2020, _DISPLAY_P3 = 1, 2, 9, 12  # H.273, table 2
_D65, _C, _DCI = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
# x and y of white, red, green and blue: H.273, table 2.
_PRIMARIES: Final[Mapping[int, tuple[Point, Point, Point, Point]]] = {
    _BT_709: (_D65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    4: (_C, (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: (_D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: (_D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: (_D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    8: (_C, (0.681, 0.319), (0.243, 0.692), (0.145, 0.049)),
    _BT_2020: (_D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: (_DCI, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    _DISPLAY_P3: (_D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: (_D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
# H.273, table 3. The curves of BT.601, 709 and 2020 are those of cameras; what they are shown with is not in the
# number. As Chromium has it (ui/gfx/color_space.cc, GetTransferFunction), they are shown like sRGB.
_CURVES: Final[Mapping[int, Curve]] = {
    **dict.fromkeys((1, _UNSPECIFIED, 6, 7, 11, 12, 13, 14, 15), CURVE_SRGB),
    4: power_curve(2.2),
    5: power_curve(2.8),
    8: power_curve(1.0),
    17: power_curve(2.6),
}
_SRGB_GAMMA: Final = 1 / 2.2
_SAME_GAMMA: Final = 0.05  # libpng (PNG_GAMMA_THRESHOLD_FIXED): what differs by less cannot be seen
_SAME_PLACE: Final = 0.001  # programs round chromaticities differently
_GAMMAS: Final = (0.1, 5.0)  # beyond it, the number is no gamma
# Bradford: ICC.1:2022, annex E.
_CONES: Final = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))

type _Matrix = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class ColourNumbers:
    """Primaries and transfer of H.273."""

    primaries: int
    transfer: int

    @property
    def are_known(self) -> bool:
        """Whether both have a meaning here."""
        return self.primaries in {*_PRIMARIES, _UNSPECIFIED} and self.transfer in {*_CURVES, PQ, HLG}

    @property
    def are_hdr(self) -> bool:
        """Whether the photo is to be tone-mapped before anything else."""
        return self.are_known and self.transfer in {PQ, HLG}

    @property
    def shown_primaries(self) -> int:
        """The primaries, or those that go with the transfer where none are said (BT.2100, table 2)."""
        usual = _BT_2020 if self.transfer in {PQ, HLG} else _BT_709
        return usual if self.primaries == _UNSPECIFIED else self.primaries

    @property
    def points(self) -> tuple[Point, Point, Point, Point]:
        """White, red, green and blue."""
        return _PRIMARIES[self.shown_primaries]


def numbers_of(info: Mapping[Any, Any]) -> ColourNumbers | None:
    """The numbers in a photo's information, by pillow-heif's names; None when there are none that are known."""
    given = info.get("nclx_profile")
    if not given:
        return None
    numbers = ColourNumbers(int(given["color_primaries"]), int(given["transfer_characteristics"]))
    return numbers if numbers.are_known else None


def profile_of(info: Mapping[Any, Any], mode: str) -> bytes | None:
    """A profile for what a photo's information says by numbers; None where that is sRGB or nothing.

    Parameters
    ----------
    info
        With ``nclx_profile``, or ``gamma`` and ``chromaticity`` as Pillow gives them.
    mode
        L or RGB; for any other there is none.
    """
    numbers = numbers_of(info)
    if numbers:
        points, curve = numbers.points, _CURVES.get(numbers.transfer, CURVE_SRGB)
    else:
        points, curve = _chromaticities(info.get("chromaticity")), _gamma_curve(info.get("gamma"))
    if mode == "L":
        return None if curve == CURVE_SRGB else grey_profile(curve)
    if mode != "RGB" or (points == _PRIMARIES[_BT_709] and curve == CURVE_SRGB):
        return None
    if points == _PRIMARIES[_DISPLAY_P3] and curve == CURVE_SRGB:
        return display_p3_profile()
    return _profile(points, curve)


def _gamma_curve(gamma: float | None) -> Curve:
    """PNG 11.3.2.2: the sample is light to the power of gamma."""
    if gamma is None or not _GAMMAS[0] <= gamma <= _GAMMAS[1] or abs(gamma / _SRGB_GAMMA - 1) < _SAME_GAMMA:
        return CURVE_SRGB
    return power_curve(1 / gamma)


def _chromaticities(numbers: Sequence[float] | None) -> tuple[Point, Point, Point, Point]:
    """PNG 11.3.2.1; sRGB's where there are none, or none that span colours."""
    usual = _PRIMARIES[_BT_709]
    if not numbers:
        return usual
    white, red, green, blue = zip(numbers[::2], numbers[1::2], strict=True)
    same = all(
        abs(a - b) < _SAME_PLACE for a, b in zip(numbers, (part for point in usual for part in point), strict=True)
    )
    area = (green[0] - red[0]) * (blue[1] - red[1]) - (blue[0] - red[0]) * (green[1] - red[1])
    real = all(0 < y <= 1 and 0 <= x <= 1 for x, y in (white, red, green)) and 0 <= blue[0] <= 1
    return usual if same or not real or abs(area) < _SAME_PLACE or blue[1] <= 0 else (white, red, green, blue)


@cache
def _profile(points: tuple[Point, Point, Point, Point], curve: Curve) -> bytes:
    white, *primaries = (_xyz(point) for point in points)
    unscaled = _transposed(primaries)
    scales = _times(_inverse(unscaled), _transposed([white]))
    to_d50 = _adaptation(white)
    colorants = [
        _times(to_d50, [[value * scale] for value in primary])
        for primary, (scale,) in zip(primaries, scales, strict=True)
    ]
    return matrix_profile("Colour profile", [tuple(row[0] for row in colorant) for colorant in colorants], curve)


def _xyz(point: Point) -> list[float]:
    """A colour of luminance 1 (CIE 15, 7.3)."""
    x, y = point
    return [x / y, 1.0, (1 - x - y) / y]


def _adaptation(white: Sequence[float]) -> _Matrix:
    """What turns colours under a white into those that look the same under D50 (ICC.1:2022, annex E)."""
    seen, wanted = (_times(_CONES, _transposed([light])) for light in (white, D50))
    gains = [[wanted[row][0] / seen[row][0] if row == column else 0.0 for column in range(3)] for row in range(3)]
    return _times(_inverse(_CONES), _times(gains, _CONES))


def _transposed(rows: _Matrix) -> _Matrix:
    return [list(column) for column in zip(*rows, strict=True)]


def _times(left: _Matrix, right: _Matrix) -> _Matrix:
    columns = _transposed(right)
    return [[sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in left]


def _inverse(rows: _Matrix) -> _Matrix:
    """Of three by three, by cofactors."""
    cofactors = [
        [
            rows[(i + 1) % 3][(j + 1) % 3] * rows[(i + 2) % 3][(j + 2) % 3]
            - rows[(i + 1) % 3][(j + 2) % 3] * rows[(i + 2) % 3][(j + 1) % 3]
            for j in range(3)
        ]
        for i in range(3)
    ]
    determinant = sum(a * b for a, b in zip(rows[0], cofactors[0], strict=True))
    return [[value / determinant for value in row] for row in _transposed(cofactors)]
