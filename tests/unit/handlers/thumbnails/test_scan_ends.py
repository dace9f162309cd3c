"""`handlers.thumbnails.scan_ends`: only the scan itself says where it ends, and whether it is whole."""

from collections.abc import Callable

import pytest
from PIL import Image, ImageChops

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import limits
from handlers.thumbnails.jpeg_segments import parse
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import Photo, process
from tests.support.corpus import hostile
from tests.support.corpus.photos import detailed, encoded, opened, pixels, scene
from tests.unit.handlers.thumbnails.test_jpeg_segments import KINDS

EOI = b"\xff\xd9"
SECRET = b"SECRET"
PHOTOS: dict[str, Callable[[], bytes]] = {
    "one colour": lambda: encoded(Image.new("RGB", (400, 300), (250, 250, 250)), "JPEG", optimize=True),
    "one shade": lambda: encoded(Image.new("L", (200, 100), 128), "JPEG"),
    "a photo": lambda: encoded(detailed(640, 480), "JPEG", quality=92),
    "a photo at its best": lambda: encoded(detailed(320, 240), "JPEG", quality=100, subsampling="4:4:4"),
    "a large grey photo": lambda: encoded(detailed(1200, 900).convert("L"), "JPEG", quality=60),
    "a photo with restarts": lambda: encoded(detailed(640, 480), "JPEG", restart_marker_rows=1),
}
SEQUENTIAL = {
    kind: make
    for kind, make in (KINDS | PHOTOS).items()
    if "arithmetic" not in kind and kind not in {"progressive", "restart marker rows"}
}
TRAILERS: dict[str, bytes] = {
    "nothing": b"",
    "half a marker": b"\xff",
    "zeros": bytes(40),
    "text": SECRET * 50,
    "a phone's blocks": b"\0\0\x30\x0b\x15\0\0\0Image_UTC_Data" + SECRET + b"SEFHk\0\0\0\1\0\0\0SEFT",
    "another JPEG": b"\0\0" + encoded(scene(40, 24), "JPEG", comment=SECRET),
    "ones": b"\xff\0" * 60 + SECRET,
    "restart markers": b"\xff\xd0\xff\xd1" + SECRET,
}
HIDDEN: dict[str, bytes] = {
    "5 bytes": SECRET[:5],
    "12 bytes": SECRET * 2,
    "100 bytes with ones": (b"\xff\0" + SECRET) * 12 + b"SECR",
    "a megabyte": b"\0SECRETSECRET" * 80_000,
}


def made(data: bytes) -> Photo:
    return process(data, MemoryBudget(limits.DECODE_BYTES))


def refused(data: bytes) -> AssetErrorCode:
    with pytest.raises(AssetError) as error:
        made(data)
    return error.value.code


@pytest.mark.parametrize("trailer", TRAILERS)
@pytest.mark.parametrize("kind", SEQUENTIAL)
def test_a_jpeg_that_does_not_say_where_it_ends_is_whole(kind: str, trailer: str) -> None:
    jpeg = SEQUENTIAL[kind]()
    whole, unfinished = made(jpeg), made(jpeg[:-2] + TRAILERS[trailer])
    assert unfinished == whole
    assert whole.processed.endswith(EOI)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("kind", SEQUENTIAL)
def test_bytes_between_the_last_block_and_the_end_do_not_survive(kind: str, hidden: str) -> None:
    jpeg = SEQUENTIAL[kind]()
    assert made(jpeg[:-2] + HIDDEN[hidden] + EOI) == made(jpeg)


@pytest.mark.parametrize("end", [b"", EOI, b"\xff\xff" + EOI, b"\xff\xd0" + EOI, b"\xff\xd3" + SECRET])
@pytest.mark.parametrize("kind", SEQUENTIAL)
def test_a_scan_that_lacks_its_last_byte_is_corrupt_whatever_follows(kind: str, end: bytes) -> None:
    jpeg = SEQUENTIAL[kind]()
    lost = 2 if jpeg[-4:-2] == b"\xff\0" else 1
    assert refused(jpeg[: -2 - lost] + end) is AssetErrorCode.IMAGE_CORRUPT


@pytest.mark.parametrize("kind", ["4:2:0", "progressive", "restart markers", "one scan per component"])
@pytest.mark.parametrize("end", [b"", EOI], ids=["nothing follows", "an end follows"])
def test_a_file_cut_anywhere_is_corrupt(kind: str, end: bytes) -> None:
    jpeg = KINDS[kind]()
    # Of a progressive scan the decoder tells the end to within its read-ahead: 8 bytes, or blocks that so many make up.
    last = len(jpeg) - 2 - (12 if kind == "progressive" else 0)
    first = jpeg.rindex(b"\xff\xda") + 20
    for size in {*range(first, last, 31), *range(max(first, last - 40), last)}:
        assert refused(jpeg[:size] + end) is AssetErrorCode.IMAGE_CORRUPT


def test_a_comment_within_a_scan_cuts_it_off() -> None:
    assert refused(hostile.hidden_in_scan(encoded(scene(), "JPEG"), SECRET)) is AssetErrorCode.IMAGE_CORRUPT


def test_a_progressive_file_may_lack_its_last_scans() -> None:
    jpeg = KINDS["progressive"]()
    fewer = jpeg[: jpeg.rindex(b"\xff\xc4")] + EOI
    assert pixels(made(fewer).processed) == pixels(fewer)


ARITHMETIC = [kind for kind in KINDS if "arithmetic" in kind]


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("kind", ARITHMETIC)
def test_arithmetic_coding_is_encoded_anew(kind: str, hidden: str) -> None:
    jpeg = KINDS[kind]()
    photo = made(jpeg[:-2] + HIDDEN[hidden] + EOI)
    assert photo == made(jpeg)
    shown, stored = opened(photo.processed).convert("RGB"), opened(jpeg).convert("RGB")
    assert max(high for _, high in ImageChops.difference(shown, stored).getextrema()) < 12  # type: ignore[misc]  # pairs


@pytest.mark.parametrize("kind", ARITHMETIC)
def test_arithmetic_coding_without_an_end_is_refused(kind: str) -> None:
    assert refused(KINDS[kind]()[:-2]) is AssetErrorCode.IMAGE_CORRUPT


@pytest.mark.parametrize("quality", [5, 60, 100])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_whole_photo_of_any_size_stays_as_it_is(mode: str, quality: int) -> None:
    for side in range(150, 850, 100):
        jpeg = encoded(detailed(850, 850).crop((0, 0, side, side)).convert(mode), "JPEG", quality=quality)
        assert made(jpeg).processed == parse(jpeg).cleaned()


PROGRESSIVE = ["progressive", "restart marker rows"]


@pytest.mark.parametrize("kind", PROGRESSIVE)
@pytest.mark.parametrize("rest", [*TRAILERS.values(), *(hidden + EOI for hidden in HIDDEN.values())])
def test_of_what_follows_a_progressive_scan_no_more_than_the_read_ahead_stays(kind: str, rest: bytes) -> None:
    jpeg = KINDS[kind]()
    whole, photo = made(jpeg), made(jpeg[:-2] + rest)
    assert photo.variants == whole.variants
    assert pixels(photo.processed) == pixels(jpeg)
    assert len(photo.processed) <= len(whole.processed) + 2 * 8  # stuffed ones take two bytes each
    assert photo.processed.startswith(whole.processed[:-2])
