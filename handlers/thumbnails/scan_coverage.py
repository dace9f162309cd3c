"""Which coefficients a JPEG's scans have given so far: without an end-of-image marker, only this says what is missing.

ITU-T T.81 (JPEG), annexes B.2.3 (scan header), F (sequential) and G (progressive).
"""

from collections.abc import Sequence

_COEFFICIENTS = 64


class ScanCoverage:
    """The precision that each coefficient of each component has reached.

    Parameters
    ----------
    components
        Identifiers, as the frame header has them.
    progressive
        Whether a scan gives a band of the coefficients, with so many bits; else it gives all of them.
    """

    def __init__(self, components: Sequence[int], *, progressive: bool) -> None:
        self._progressive = progressive
        self._missing_bits = {component: [255] * _COEFFICIENTS for component in components}

    @property
    def complete(self) -> bool:
        """Whether every coefficient is there with every bit."""
        return not any(any(bits) for bits in self._missing_bits.values())

    @property
    def final(self) -> bool:
        """Whether no other scan can belong to the image: a sequential one has each component once."""
        return self.complete and not self._progressive

    def add(self, header: bytes) -> bool:
        """Take a scan into account.

        Parameters
        ----------
        header
            Payload of its SOS segment.

        Returns
        -------
        bool
            False when the header is not one of a scan of this frame; nothing is changed then.
        """
        count = header[0] if header else 0
        if not count or len(header) != 4 + 2 * count:
            return False
        components = header[1 : 1 + 2 * count : 2]
        first, last, low_bit = 0, _COEFFICIENTS - 1, 0
        if self._progressive:
            first, last, low_bit = header[-3], header[-2], header[-1] & 15
        if not set(components) <= set(self._missing_bits) or not first <= last < _COEFFICIENTS:
            return False
        for component in components:
            self._missing_bits[component][first : last + 1] = [low_bit] * (last + 1 - first)
        return True
