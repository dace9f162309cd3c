"""Pillow's JPEG decoder, fed by hand: how far it has read says where a scan ends.

``ImageFile.load`` feeds the decoder the same way, but reads as far as it likes. The decoder (libImaging/JpegDecode.c
over libjpeg-turbo) is one that waits for data: called with too little, it keeps what it has decoded of whole MCUs and
says how many bytes it took. The only place that touches Pillow's private names.
"""

import io
from typing import Final

from PIL import Image, JpegImagePlugin

CHUNK: Final = 64 * 1024  # bytes in one call, as `ImageFile.load` has it


class JpegFeed:
    """A decoder at work.

    Parameters
    ----------
    head
        The file up to and with the header of its first scan.
    mode, wanted
        As for ``JpegImageFile.draft``; None for no other colour model, and for the whole size.

    Raises
    ------
    OSError, SyntaxError
        The header is broken.
    """

    def __init__(self, head: bytes, mode: str | None, wanted: tuple[int, int] | None) -> None:
        self.image = JpegImagePlugin.JpegImageFile(io.BytesIO(head))
        drafted = self.image.draft(mode, wanted)
        self.box: tuple[float, float, float, float] = drafted[1] if drafted else (0, 0, *self.image.size)
        tile = self.image.tile[0]
        self.image.load_prepare()
        self._decoder = Image._getdecoder(self.image.mode, tile.codec_name, tile.args, self.image.decoderconfig)
        self._decoder.setimage(self.image.im, tile.extents)
        self._rest: bytes = b""
        self.done = False
        self.give(head)

    @property
    def waiting(self) -> int:
        """Bytes that were fed and that the decoder has not taken yet."""
        return len(self._rest)

    def give(self, piece: bytes | memoryview) -> None:
        """Feed bytes; nothing is done once every pixel is there.

        Raises
        ------
        OSError
            The decoder calls the data broken.
        """
        if self.done:
            return
        data = self._rest + piece
        taken, error = self._decoder.decode(data)
        if taken >= 0:
            self._rest = data[taken:]
            return
        self.done, self._rest = True, b""
        if error:
            raise OSError(f"decoder error {error}")
        self.image.tile = []

    def close(self) -> None:
        """Release the decoder's memory."""
        self._decoder.cleanup()
