"""Damages good files at random and feeds them to the photo code: ``python -m tests.support.corpus.fuzz SEED SECONDS``.

Runs in a process of its own, with a bound on its memory, so that a crash of a decoder is a finding and not the end of
the test run. Says each seed before it tries it, so that the last one on standard error repeats what went wrong.
"""

import faulthandler
import random
import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.thumbnails import exif, limits
from handlers.thumbnails.icc import display_p3_profile
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import process
from tests.support.corpus import rare_jpegs
from tests.support.corpus.camera import camera_exif, camera_jpeg
from tests.support.corpus.photos import encoded, scene
from tests.support.corpus.png_files import chunk, with_chunks

ADDRESS_SPACE = 4 * 1024 * limits.MIB  # what a bomb under the limits may take, and room for the libraries
EXPECTED = frozenset({AssetErrorCode.IMAGE_CORRUPT, AssetErrorCode.IMAGE_TOO_LARGE, AssetErrorCode.UNSUPPORTED_MEDIA})
_TELLING = (0, 1, 0x7F, 0x80, 0xC0, 0xD8, 0xD9, 0xDA, 0xFE, 0xFF)
_MEMORY = MemoryBudget(limits.DECODE_BYTES)


def seeds() -> list[bytes]:
    """Whole files of every format, small, so that damage often hits structure."""
    small = scene(40, 24)
    return [
        camera_jpeg(6, jpeg=encoded(small, "JPEG", icc_profile=display_p3_profile())),
        encoded(small, "JPEG", progressive=True),
        encoded(small, "JPEG", restart_marker_blocks=1),
        encoded(small.convert("CMYK"), "JPEG"),
        rare_jpegs.ARITHMETIC,
        rare_jpegs.ONE_SCAN_PER_COMPONENT,
        encoded(small, "PNG", exif=camera_exif(6), icc_profile=display_p3_profile()),
        encoded(small.convert("RGBA"), "PNG"),
        encoded(small.quantize(8), "PNG", transparency=0),
        with_chunks(encoded(small, "PNG"), chunk(b"cICP", b"\x09\x12\0\x01"), chunk(b"tRNS", bytes(6))),
        with_chunks(encoded(small, "PNG"), chunk(b"gAMA", b"\0\x01\x86\xa0"), chunk(b"cHRM", bytes(range(32)))),
        encoded(small, "WEBP", exif=camera_exif(6)),
        encoded(small, "TIFF", compression="tiff_lzw"),
        encoded(small, "TIFF", compression="jpeg"),
        encoded(small.convert("LAB"), "TIFF"),
        encoded(small, "HEIF", quality=40),
        encoded(small, "HEIF", quality=40, color_primaries=9, transfer_characteristics=16),
        encoded(small, "AVIF", quality=40),
        encoded(small, "AVIF", quality=40, exif=camera_exif(6)),
    ]


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The file with one to eight accidents: bytes changed, removed, repeated, moved, or its end cut off."""
    buffer = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 8))):
        if not buffer:
            break
        at = chance.randrange(min(len(buffer), chance.choice((64, 1024, 1 << 30))))
        length = chance.choice((1, 2, 4, 16, 256))
        accident = chance.randrange(6)
        if accident == 0:
            buffer[at] ^= 1 << chance.randrange(8)
        elif accident == 1:
            buffer[at] = chance.choice(_TELLING)
        elif accident == 2:
            buffer[at : at + 4] = chance.choice((0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)).to_bytes(4)
        elif accident == 3:
            del buffer[at : at + length]
        elif accident == 4:
            buffer[at:at] = buffer[at : at + length]
        else:
            del buffer[at : len(buffer) if chance.random() < 0.3 else at + 1]
    return bytes(buffer)


def try_photo(data: bytes) -> str:
    """Process one damaged file; anything but a photo or an expected code is raised."""
    try:
        photo = process(data, _MEMORY)
    except AssetError as error:
        if error.code not in EXPECTED:
            raise
        return error.code.value
    assert photo.processed.startswith(b"\xff\xd8")
    assert len(photo.variants) == 4
    return "photo"


def try_exif(data: bytes) -> str:
    """Read one damaged EXIF block."""
    assert 1 <= exif.read(data).orientation <= 8
    return "exif"


def main(seed: int, seconds: float) -> None:
    """Damage files until the time is over; an exception or a crash ends it early."""
    faulthandler.enable()
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    targets: list[tuple[Callable[[bytes], str], bytes]] = [(try_photo, data) for data in seeds()]
    targets.append((try_exif, camera_exif(6)[6:]))
    outcomes: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        print(f"seed {seed}", file=sys.stderr, flush=True)
        attempt, data = targets[seed % len(targets)]
        outcomes[attempt(damaged(data, random.Random(seed)))] += 1  # noqa: S311 - repeatable on purpose
        seed += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{sum(outcomes.values())} files up to seed {seed}, peak {peak} MiB: {dict(outcomes)}")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
