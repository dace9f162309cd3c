"""Whether a video has a high dynamic range, by what its sample entry says."""

import struct
from enum import StrEnum
from typing import Final

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.files.bitstream_colour import transfer_of
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
# Its pixels are in Dolby's own colour space (IPT): whoever takes them for YCbCr shows green and purple. MediaConvert's
# color spaces (API reference, ``ColorSpace``) have none for it.
_WITHOUT_BASE_LAYER: Final = 5


def high_dynamic_range(source: BoxReader, extensions: Box) -> Hdr | None:
    """Kind of HDR by ``colr``, else by the bitstream, else by Dolby Vision's box; None for SDR.

    Parameters
    ----------
    extensions
        The boxes of a video's sample entry.

    Raises
    ------
    AssetError
        ``UNSUPPORTED_MEDIA`` for Dolby Vision that no other player can show.
    """
    named = streamed = dolby = None
    for box in source.boxes(extensions.start, extensions.end):
        length = box.end - box.start
        if box.kind == b"colr" and length >= 10:
            kind, _, transfer = struct.unpack(">4sHH", source.bytes_at(box.start, 8))
            if kind in (b"nclx", b"nclc"):
                named = named or _BY_TRANSFER.get(transfer)
        elif box.kind in (b"hvcC", b"avcC"):
            streamed = _BY_TRANSFER.get(transfer_of(source, box) or 0)
        elif box.kind in (b"dvcC", b"dvvC", b"dvwC") and length >= 5:
            dolby = _base_layer(source.bytes_at(box.start, 5))
    return named or streamed or dolby


def _base_layer(configuration: bytes) -> Hdr | None:
    if configuration[2] >> 1 == _WITHOUT_BASE_LAYER:
        raise AssetError(
            AssetErrorCode.UNSUPPORTED_MEDIA,
            "the video is Dolby Vision of profile 5, which has colours of its own and no HDR10 or HLG in it: "
            "export it as HDR10, HLG, SDR or Dolby Vision of profile 8",
        )
    return _BY_BASE_LAYER.get(configuration[4] >> 4)
