"""`handlers.thumbnails.decode`: whole files in modes that few programs write are shown, or refused as what they are."""

from collections.abc import Callable

import pytest
from PIL import Image

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.files.content_type import detect
from handlers.thumbnails import decode, limits
from handlers.thumbnails.heif_items import Coding, HeifItems
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import process
from tests.support.corpus.deep_colour import deep_png
from tests.support.corpus.heif_files import heif, with_codec
from tests.support.corpus.photos import alike, encoded, opened, scene

HALF = 128 / 255


def plain(mode: str, kind: str, colour: int | tuple[int, ...], **options: object) -> bytes:
    return encoded(Image.new(mode, (64, 48), colour), kind, **options)


def half_on_white(shade: float) -> int:
    return round(shade * HALF + 255 * (1 - HALF))


VEILED = (half_on_white(90),) * 3
RARE: dict[str, tuple[Callable[[], bytes], tuple[int, int, int]]] = {
    "HEIC grey": (lambda: heif("L", (90,)), (90, 90, 90)),
    "HEIC grey with alpha": (lambda: heif("LA", (90, 128)), VEILED),
    "HEIC grey of 10 bits": (lambda: heif("L;10", (361,)), (90, 90, 90)),
    "HEIC grey of 12 bits": (lambda: heif("L;12", (1445,)), (90, 90, 90)),
    "HEIC grey of 10 bits with alpha": (lambda: heif("LA;10", (361, 514)), VEILED),
    "HEIC of 10 bits": (lambda: heif("RGB;10", (803, 401, 201)), (200, 100, 50)),
    "HEIC of 12 bits": (lambda: heif("RGB;12", (3212, 1606, 803)), (200, 100, 50)),
    "HEIC of 10 bits with alpha": (lambda: heif("RGBA;10", (361, 361, 361, 514)), VEILED),
    "HEIC multiplied by alpha": (lambda: heif("RGBa", (45, 45, 45, 128)), VEILED),
    "HEIC of 10 bits multiplied by alpha": (lambda: heif("RGBa;10", (181, 181, 181, 514)), VEILED),
    "AVIF grey": (lambda: plain("L", "AVIF", 90, subsampling="4:0:0"), (90, 90, 90)),
    "AVIF grey with alpha": (lambda: plain("LA", "AVIF", (90, 128)), VEILED),
    "AVIF multiplied by alpha": (lambda: plain("RGBA", "AVIF", (90, 90, 90, 128), alpha_premultiplied=True), VEILED),
    "WebP with alpha": (lambda: plain("RGBA", "WEBP", (90, 90, 90, 128)), VEILED),
    "PNG of 16 bits with alpha": (lambda: deep_png((90, 90, 90, 128)), VEILED),
    "PNG grey of 16 bits with alpha": (lambda: deep_png((90, 128)), VEILED),
    "PNG palette with alpha": (lambda: plain("P", "PNG", 0, transparency=b"\x00"), (255, 255, 255)),
}


@pytest.mark.parametrize("kind", RARE)
def test_a_rare_mode_is_shown_in_its_true_colours(kind: str) -> None:
    make, wanted = RARE[kind]
    photo = process(make(), MemoryBudget(limits.DECODE_BYTES))
    for body in (photo.processed, *photo.variants.values()):
        assert alike(opened(body).convert("RGB").getpixel((30, 20)), wanted, 4)  # type: ignore[arg-type]  # a triple


@pytest.mark.parametrize("codec", [b"av01", b"jpeg", b"j2k1", b"vvc1", b"unci"])
def test_a_heif_of_another_codec_is_refused_by_name(codec: bytes) -> None:
    with pytest.raises(AssetError) as refused:
        process(with_codec(encoded(scene(), "HEIF"), codec), MemoryBudget(limits.DECODE_BYTES))
    assert refused.value.code is AssetErrorCode.UNSUPPORTED_MEDIA
    assert codec.decode() in refused.value.message


@pytest.mark.parametrize(
    ("make", "items"),
    [
        (lambda: heif("RGB", (1, 2, 3), chroma=420), Coding(frozenset({"hvc1"}), 8, 0.5)),
        (lambda: heif("RGB;10", (1, 2, 3), chroma=422), Coding(frozenset({"hvc1"}), 10, 1.0)),
        (lambda: heif("RGBA;12", (1, 2, 3, 4), chroma=444), Coding(frozenset({"hvc1"}), 12, 2.0)),
        (lambda: heif("L", (1,)), Coding(frozenset({"hvc1"}), 8, 0.0)),
        (lambda: plain("RGB", "AVIF", 0, subsampling="4:2:0"), Coding(frozenset({"av01"}), 8, 0.5)),
        (lambda: plain("RGB", "AVIF", 0, subsampling="4:2:2"), Coding(frozenset({"av01"}), 8, 1.0)),
        (lambda: plain("RGB", "AVIF", 0, subsampling="4:4:4"), Coding(frozenset({"av01"}), 8, 2.0)),
        (lambda: plain("L", "AVIF", 0, subsampling="4:0:0"), Coding(frozenset({"av01"}), 8, 0.0)),
    ],
)
def test_boxes_tell_how_a_picture_is_coded(make: Callable[[], bytes], items: Coding) -> None:
    assert HeifItems(make()).coding() == items


def test_damaged_boxes_tell_nothing() -> None:
    data = encoded(scene(), "HEIF")
    for end in range(0, data.index(b"mdat") - 4, 7):
        assert HeifItems(data[:end]).coding() is None
        with pytest.raises(AssetError):
            decode.open_photo(data[:end], detect(data) or "")
