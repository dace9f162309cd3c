"""Decoding a JPEG, and finding on the way where each of its scans ends.

Nothing in a JPEG says how long the entropy-coded data of a scan are. What stands between their end and the next marker
is shown by no decoder, and may be anything; and where the marker is missing, only the data say whether the photo is
whole. The decoder is fed the last bytes of a scan one by one, and without the marker behind them: by its asking for
more it tells where it is done.
"""

from dataclasses import dataclass
from typing import Final

from PIL import Image

from handlers.thumbnails.huffman_walk import HeaderReader
from handlers.thumbnails.jpeg_feed import JpegFeed
from handlers.thumbnails.jpeg_file import JpegFile
from handlers.thumbnails.scan_feed import ScanFeed, cut_off

_EOI: Final = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class DecodedJpeg:
    """A decoded JPEG.

    Parameters
    ----------
    image
        Its pixels, at the scale that was asked for.
    box
        As `handlers.thumbnails.decode.Decoded` has it.
    ends
        Index of a part of the file's body to how many of its bytes are entropy-coded data.
    """

    image: Image.Image
    box: tuple[float, float, float, float]
    ends: dict[int, int]


def decode(file: JpegFile, mode: str | None, wanted: tuple[int, int]) -> DecodedJpeg:
    """Decode a JPEG whose scans are Huffman-coded.

    Parameters
    ----------
    mode, wanted
        As for `JpegFeed`.

    Raises
    ------
    AssetError
        ``IMAGE_CORRUPT`` when a scan is not whole.
    OSError, SyntaxError
        The decoder calls the file broken.
    """
    decoded, unclear = _decode(file, mode, wanted, {})
    if not unclear:
        return decoded
    del decoded  # its pixels, before there are others
    return _decode(file, mode, wanted, unclear)[0]


def _decode(
    file: JpegFile, mode: str | None, wanted: tuple[int, int], starts: dict[int, int]
) -> tuple[DecodedJpeg, dict[int, int]]:
    """Decode once.

    Parameters
    ----------
    starts
        Index of a part to the byte from which it is fed byte by byte; by default the last few.

    Returns
    -------
    tuple
        With parts that end among bytes which were fed together, and where these began.
    """
    coded = {scan.part: scan for scan in file.coded}
    first = file.coded[0].part
    header = HeaderReader()
    for part in file.body[:first]:
        header.read(part)
    ends: dict[int, int] = {}
    unclear: dict[int, int] = {}
    feed = JpegFeed(b"".join((*file.head(), *file.body[:first])), mode, wanted)
    try:
        for index, part in enumerate(file.body[first:], first):
            if index in coded:
                scan = ScanFeed(feed, part, coded[index].restart_interval, header, starts.get(index))
                scan.run()
                if scan.began is None:
                    ends[index] = scan.end()
                else:
                    unclear[index] = scan.began
            else:
                header.read(part)
                feed.give(part)
        feed.give(_EOI)
    finally:
        feed.close()
    if not feed.done:
        raise cut_off()
    return DecodedJpeg(feed.image, feed.box, ends), unclear
