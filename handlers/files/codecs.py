"""Which codecs of an MP4 or MOV file MediaConvert decodes (user guide, "Supported input codecs and containers").

Its tables, rows MPEG-4 and QuickTime, as the four-character codes of sample entries. AV1, VP8 and VP9 are in no row of
these containers, nor are Opus, FLAC, ALAC, AMR, DTS and Apple's spatial audio.
"""

from typing import Final

from handlers.contract.errors import AssetError, AssetErrorCode

_VIDEO_CODES: Final = (
    "avc1 avc2 avc3 avc4 hvc1 hev1 hvc2 hev2",  # H.264, HEVC
    "dvh1 dvhe dva1 dvav",  # the same with Dolby Vision
    "ai11 ai12 ai13 ai14 ai15 ai16 ai1p ai1q ai51 ai52 ai53 ai54 ai55 ai56 ai5p ai5q AVin",  # AVC-Intra
    "mp4v DIVX XVID divx xvid 3IVX FMP4",  # MPEG-4 part 2, and what else mp4v can be: MPEG-1, MPEG-2
    "m2v1 mp2v mpg2 hdv1 hdv2 hdv3 hdv4 hdv5 hdv6 hdv7 hdv8 hdv9 hdva",  # MPEG-2
    "mx3n mx3p mx4n mx4p mx5n mx5p xd51 xd54 xd55 xd59 xd5a xd5b xd5c xd5d xd5e xd5f",
    "xdv1 xdv2 xdv3 xdv4 xdv5 xdv6 xdv7 xdv8 xdv9 xdva xdvb xdvc xdvd xdve xdvf xdhd xdh2",
    "s263 h263 H263 U263 h261 H261 vc-1 WVC1 WMV3 mjp2",
    "apcn apch apcs apco ap4h ap4x",  # ProRes
    "dvc dvcp dvpp dv5n dv5p dvh1 dvh2 dvh3 dvh5 dvh6 dvhp dvhq",  # DV, DVCPRO
    "jpeg mjpa mjpb AVDJ dmb1 rle",  # Motion JPEG, QuickTime Animation
    "raw 2vuy yuv2 yuvs v210 v216 v308 v408 v410 r210 2Vuy UYVY",  # uncompressed
)
_SOUND_CODES: Final = (
    "mp4a aac ac-3 ec-3 sac3",
    "lpcm sowt twos in24 in32 fl32 fl64 raw NONE ipcm fpcm",  # PCM
    ".mp3 mp3 mp3+ wma WMA2 owma ms\0U",  # the last is MP3 by Windows' number
)
_VIDEO: Final = frozenset(code for line in _VIDEO_CODES for code in line.split())
_SOUND: Final = frozenset(code for line in _SOUND_CODES for code in line.split())
_REMEDY: Final = "export it as MP4 with H.264 and AAC"


def check_decodable(video: str, sound: str | None) -> None:
    """Refuse what a job would only fail with, after minutes.

    Parameters
    ----------
    video, sound
        Four-character codes; None where there is no sound.

    Raises
    ------
    AssetError
        ``UNSUPPORTED_MEDIA``, with the remedy.
    """
    for code, known, what in ((video, _VIDEO, "pictures"), (sound, _SOUND, "sound")):
        if code is not None and code.strip() not in known:
            name = code if code.isascii() and code.isprintable() else ascii(code)[1:-1]
            raise AssetError(
                AssetErrorCode.UNSUPPORTED_MEDIA, f"MediaConvert does not decode its {what} ({name}): {_REMEDY}"
            )
