"""`handlers.thumbnails.jpeg_feed`: what it relies on of Pillow. When these fail, Pillow has changed: see there."""

import io

import pytest
from PIL import Image, JpegImagePlugin

from handlers.thumbnails.jpeg_feed import JpegFeed
from tests.support.corpus.photos import encoded, opened, scene


def parts(jpeg: bytes) -> tuple[bytes, bytes]:
    """Everything up to the end of the first scan's header, and the rest."""
    at = jpeg.index(b"\xff\xda")
    at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return jpeg[:at], jpeg[at:]


def test_pillow_still_has_the_private_names() -> None:
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(encoded(scene(), "JPEG")))
    assert callable(Image._getdecoder)
    assert image.tile[0].codec_name == "jpeg"
    assert image.decoderconfig == ()


@pytest.mark.parametrize("wanted", [(96, 64), (12, 8)])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}])
def test_a_jpeg_fed_in_pieces_is_the_one_that_pillow_loads(options: dict[str, object], wanted: tuple[int, int]) -> None:
    jpeg = encoded(scene(), "JPEG", **options)
    head, rest = parts(jpeg)
    feed = JpegFeed(head, None, wanted)
    for at in range(0, len(rest), 7):
        feed.give(rest[at : at + 7])
    loaded = JpegImagePlugin.JpegImageFile(io.BytesIO(jpeg))
    loaded.draft(None, wanted)
    assert feed.done
    assert feed.image.tobytes() == loaded.tobytes()


def test_the_decoder_waits_for_a_scan_that_lacks_a_byte() -> None:
    head, rest = parts(encoded(scene(), "JPEG"))
    feed = JpegFeed(head, None, (96, 64))
    feed.give(rest[:-20])
    assert not feed.done
    assert feed.waiting
    feed.give(rest[-20:])
    assert feed.done


def test_nothing_is_taken_beyond_the_decoders_read_ahead() -> None:
    jpeg = encoded(scene(), "JPEG")
    head, rest = parts(jpeg)
    feed = JpegFeed(head, None, (96, 64))
    given = 0
    for byte in rest[:-2] + b"\xff\0" * 8:
        feed.give(bytes((byte,)))
        given += 1
        if feed.done:
            break
    assert len(rest) - 2 - 8 <= given <= len(rest) - 2 + 16
    assert feed.image.tobytes() == opened(jpeg).tobytes()


def test_broken_data_are_an_error() -> None:
    head, _ = parts(encoded(scene(), "JPEG", progressive=True))
    feed = JpegFeed(head, None, (96, 64))
    with pytest.raises(OSError, match="decoder error"):
        feed.give(b"\xff\xc0\0\x0b\x08\0\x10\0\x10\x01\x01\x11\0" * 2)
