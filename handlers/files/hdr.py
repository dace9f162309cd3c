"""Whether a video has a high dynamic range, by what its sample entry says."""

import struct
from enum import StrEnum
from typing import Final

from handlers.files.boxes import Box, BoxReader


class Hdr(StrEnum):
    """Kinds of high dynamic range, named as MediaConvert names their color spaces (API reference, ``ColorSpace``)."""

    PQ = "HDR10"
    HLG = "HLG_2020"


# Transfer characteristics of ISO/IEC 23091-2 (CICP).
_BY_TRANSFER: Final = {16: Hdr.PQ, 18: Hdr.HLG}
# What a player without Dolby Vision takes the video for: dv_bl_signal_compatibility_id of "Dolby Vision Streams Within
# the ISO Base Media File Format". Phones record profile 8.4; 2 is SDR.
_BY_BASE_LAYER: Final = {1: Hdr.PQ, 4: Hdr.HLG, 6: Hdr.PQ}


def high_dynamic_range(source: BoxReader, extensions: Box) -> Hdr | None:
    """Kind of HDR by ``colr``, else by Dolby Vision's box; None for SDR.

    Parameters
    ----------
    extensions
        The boxes of a video's sample entry.
    """
    dolby = None
    for box in source.boxes(extensions.start, extensions.end):
        length = box.end - box.start
        if box.kind == b"colr" and length >= 10:
            kind, _, transfer = struct.unpack(">4sHH", source.bytes_at(box.start, 8))
            if kind in (b"nclx", b"nclc") and transfer in _BY_TRANSFER:
                return _BY_TRANSFER[transfer]
        elif box.kind in (b"dvcC", b"dvvC", b"dvwC") and length >= 5:
            dolby = _BY_BASE_LAYER.get(source.bytes_at(box.start + 4, 1)[0] >> 4)
    return dolby
