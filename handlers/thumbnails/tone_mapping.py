"""Photos of high dynamic range to the range of a JPEG.

ITU-R BT.2100-2 gives the curves of PQ (table 4) and HLG (table 5), Report BT.2408 where diffuse white stands in them:
203 cd/m², 58 % of PQ, 75 % of HLG. That is the white of a JPEG. What is darker than about half of it keeps its
luminance; what is brighter is rolled off, each channel by itself, by the EETF of Report BT.2390, as far as the photo's
brightest sample needs it.
"""

import math
from functools import lru_cache
from typing import Final

from PIL import Image, ImageFilter

from handlers.thumbnails.colour_numbers import HLG, ColourNumbers

WHITE: Final = 203.0  # cd/m², BT.2408
PEAK: Final = 1000.0  # cd/m², the nominal peak that BT.2408 masters for; what is brighter is shown as white
MODES: Final = frozenset({"L", "LA", "RGB", "RGBA"})
_PQ_LIMIT: Final = 10_000.0  # cd/m²
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_A: Final = 0.17883277
_B, _C = 1 - 4 * _A, 0.5 - _A * math.log(4 * _A)
_GAMMA: Final = 1.2  # of HLG's OOTF at `PEAK`
_RED, _GREEN, _BLUE = 0.2627, 0.6780, 0.0593  # shares of luminance, BT.2100, table 4
_NODES: Final = 33  # of the colour table on a side; what is between is interpolated
_ROOTS: Final = 4095
_STEPS: Final = range(256)


def to_sdr(image: Image.Image, numbers: ColourNumbers) -> Image.Image:
    """A photo in PQ or HLG as one with the same primaries and sRGB's curve.

    Parameters
    ----------
    image
        Of one of `MODES`, samples of 8 bits; alpha stays as it is.
    numbers
        With `ColourNumbers.are_hdr`.
    """
    bands = image.getbands()
    colours = len(bands) - ("A" in bands)
    light = _hlg_light if numbers.transfer == HLG else pq_light
    peak = _peak(light(_brightest(image, colours) / 255))
    if numbers.transfer == HLG and colours > 1:
        return image.filter(_hlg_table(peak))
    curve = [round(255 * _shown(light(step / 255), peak)) for step in _STEPS]
    return image.point([*(curve * colours), *(_STEPS if "A" in bands else ())])


def pq_table(depth: int, brightest: int) -> list[int]:
    """Samples of sRGB for samples of PQ, as `Image.point` wants them of 16 bits.

    Parameters
    ----------
    depth
        Bits that a sample has of the 16.
    brightest
        The largest sample of the photo.
    """
    most = (1 << depth) - 1
    peak = _peak(pq_light(min(brightest, most) / most))
    curve = [round(255 * _shown(pq_light(sample / most), peak)) for sample in range(most + 1)]
    return curve + [255] * (65536 - len(curve))


def _peak(light: float) -> float:
    """Up to which luminance the roll-off reaches, in a photo whose brightest sample has this one."""
    return min(PEAK, max(WHITE, light))


def _brightest(image: Image.Image, colours: int) -> int:
    """The largest sample of any channel but alpha."""
    histogram = image.histogram()
    return max(at % 256 for at, count in enumerate(histogram[: 256 * colours]) if count)


def pq_light(signal: float) -> float:
    """Luminance in cd/m² of a PQ signal from 0 to 1 (BT.2100, EOTF)."""
    root = math.pow(signal, 1 / _M2)
    return _PQ_LIMIT * math.pow(max(root - _C1, 0) / (_C2 - _C3 * root), 1 / _M1)


def _pq_signal(light: float) -> float:
    """The inverse of `pq_light`."""
    root = math.pow(light / _PQ_LIMIT, _M1)
    return math.pow((_C1 + _C2 * root) / (1 + _C3 * root), _M2)


def _hlg_scene(signal: float) -> float:
    """Light of the scene, from 0 to 1 (BT.2100, inverse OETF)."""
    return signal * signal / 3 if signal <= 0.5 else (math.exp((signal - _C) / _A) + _B) / 12


def _hlg_light(signal: float) -> float:
    """Luminance in cd/m² of grey (BT.2100, OOTF at the nominal peak)."""
    return PEAK * math.pow(_hlg_scene(signal), _GAMMA)


def _rolled_off(light: float, peak: float) -> float:
    """Luminance in cd/m², at most `WHITE`, that stands for one of at most ``peak``: BT.2390's EETF from black up."""
    top = _pq_signal(peak)
    most, signal = _pq_signal(WHITE) / top, min(_pq_signal(light) / top, 1.0)
    knee = 1.5 * most - 0.5
    if signal <= knee:
        return light
    part = (signal - knee) / (1 - knee) if knee < 1 else 1.0
    bent = (2 * part**3 - 3 * part**2 + 1) * knee
    bent += (part**3 - 2 * part**2 + part) * (1 - knee) + (3 * part**2 - 2 * part**3) * most
    return pq_light(bent * top)


def _shown(light: float, peak: float) -> float:
    """The sRGB signal, 0 to 1 (IEC 61966-2-1), of a luminance in cd/m²."""
    linear = min(_rolled_off(light, peak) / WHITE, 1.0)
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * math.pow(linear, 1 / 2.4) - 0.055


@lru_cache(maxsize=8)
def _hlg_table(peak: float) -> ImageFilter.Color3DLUT:
    """HLG's OOTF is not one curve for each channel: it raises the luminance that the three make together."""
    scene = [_hlg_scene(node / (_NODES - 1)) for node in range(_NODES)]
    # The curve once for all nodes, by the cube root of light: evenly spaced, that shows no step.
    roots = [math.cbrt(light) * _ROOTS for light in scene]
    shown = [_shown(PEAK * (root / _ROOTS) ** 3, peak) for root in range(_ROOTS + 1)]
    exponent = (_GAMMA - 1) / 3
    table: list[float] = []
    for blue in range(_NODES):
        for green in range(_NODES):
            for red in range(_NODES):
                luminance = _RED * scene[red] + _GREEN * scene[green] + _BLUE * scene[blue]
                gain = math.pow(luminance, exponent)
                table += [shown[round(roots[node] * gain)] for node in (red, green, blue)]
    return ImageFilter.Color3DLUT(_NODES, table)
