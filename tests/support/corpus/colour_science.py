"""Right values of colours, from the standards' own formulas and published matrices; nothing here is of the pipeline."""

import math

# Linear light to linear light of sRGB. BT.2020: Recommendation ITU-R BT.2087-0, annex 2. Display P3: CSS Color Module
# Level 4, section 18, sample code (through XYZ under D65). Linear sRGB itself.
TO_SRGB = {
    1: ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    9: ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)),
    12: ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979)),
}
WHITE = 203.0  # cd/m², Report ITU-R BT.2408, HDR Reference White


def srgb_light(signal: float) -> float:
    """IEC 61966-2-1."""
    return signal / 12.92 if signal <= 0.04045 else ((signal + 0.055) / 1.055) ** 2.4


def srgb_signal(light: float) -> float:
    """IEC 61966-2-1, from linear light, cut to what sRGB has."""
    light = min(max(light, 0.0), 1.0)
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def in_srgb(light: tuple[float, ...], primaries: int = 1) -> tuple[int, ...]:
    """Samples of sRGB for linear light of other primaries (H.273's number)."""
    rows = TO_SRGB[primaries]
    return tuple(round(255 * srgb_signal(sum(a * b for a, b in zip(row, light, strict=True)))) for row in rows)


def pq_signal(light: float) -> float:
    """SMPTE ST 2084, inverse EOTF, from cd/m²."""
    power = (light / 10_000) ** 0.1593017578125
    return float(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)


def pq_light(signal: float) -> float:
    """SMPTE ST 2084, EOTF, in cd/m²."""
    power = signal ** (1 / 78.84375)
    return float(10_000 * (max(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125))


def hlg_signal(scene: float) -> float:
    """ARIB STD-B67, OETF, from scene light of 0 to 1."""
    return math.sqrt(3 * scene) if scene <= 1 / 12 else 0.17883277 * math.log(12 * scene - 0.28466892) + 0.55991073


def hlg_of_display(light: tuple[float, ...]) -> tuple[float, ...]:
    """HLG signals that a display of 1,000 cd/m² shows as this light, in cd/m² (BT.2100, inverse OOTF of gamma 1.2)."""
    shares = [part / 1000 for part in light]
    luminance = 0.2627 * shares[0] + 0.6780 * shares[1] + 0.0593 * shares[2]
    return tuple(hlg_signal(share * luminance ** ((1 - 1.2) / 1.2)) for share in shares)


def rolled_off(light: float, peak: float) -> float:
    """Report ITU-R BT.2390, EETF, from a display of ``peak`` to one of `WHITE`, both from 0 cd/m²."""
    most = pq_signal(WHITE) / pq_signal(peak)
    e1, ks = pq_signal(light) / pq_signal(peak), 1.5 * most - 0.5
    if e1 < ks:
        return light
    t = (e1 - ks) / (1 - ks)
    e2 = (2 * t**3 - 3 * t**2 + 1) * ks + (t**3 - 2 * t**2 + t) * (1 - ks) + (-2 * t**3 + 3 * t**2) * most
    return pq_light(e2 * pq_signal(peak))


def samples(signals: tuple[float, ...], depth: int = 8) -> tuple[int, ...]:
    """Signals of 0 to 1 as whole numbers."""
    return tuple(round(signal * ((1 << depth) - 1)) for signal in signals)
