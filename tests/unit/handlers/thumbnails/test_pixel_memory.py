"""`handlers.thumbnails.pixel_memory`: what is held for a photo is what it takes, measured in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bench.report import ROOT
from handlers.files.content_type import detect
from handlers.thumbnails import decode, limits, pixel_memory
from handlers.thumbnails.pixel_memory import photo_memory
from tests.support.corpus import deep_avifs
from tests.support.corpus.heif_files import heif
from tests.support.corpus.photos import encoded
from tests.support.corpus.tiff_files import CMYK, DEFLATE, RGB, UNASSOCIATED, SampleLayout, tiff_file

type Size = tuple[int, int]
LARGE, SMALL = (1600, 1200), (64, 48)  # AVIFs of 12 bits: 2,400 x 1,600
LEAST_USED = 0.4  # of what is held: more would keep photos waiting for nothing


def plain(mode: str, kind: str, **options: object) -> Callable[[Size], bytes]:
    return lambda size: encoded(Image.new(mode, size, (90, 80, 70, 128)[: len(mode)]), kind, **options)


def tiff(layout: SampleLayout, samples: int) -> Callable[[Size], bytes]:
    return lambda size: tiff_file(layout, [[(99,) * samples] * size[0]] * size[1])


KINDS: dict[str, Callable[[Size], bytes]] = {
    "PNG": plain("RGB", "PNG"),
    "PNG with alpha": plain("RGBA", "PNG"),
    "WebP": plain("RGB", "WEBP"),
    "WebP with alpha": plain("RGBA", "WEBP"),
    "HEIC": lambda size: heif("RGB", (90, 80, 70), size, chroma=420),
    "HEIC with alpha": lambda size: heif("RGBA", (90, 80, 70, 128), size, chroma=444),
    "HEIC of 10 bits": lambda size: heif("RGB;10", (361, 300, 200), size, chroma=420, full_range_flag=0),
    "HEIC 4:2:2 of 10 bits, as of Sony": lambda size: heif("RGB;10", (361, 300, 200), size, chroma=422),
    "HEIC 4:4:4 of 10 bits": lambda size: heif("RGB;10", (361, 300, 200), size, chroma=444),
    "HEIC 4:4:4 of 10 bits with alpha": lambda size: heif("RGBA;10", (361, 300, 200, 514), size, chroma=444),
    "AVIF": plain("RGB", "AVIF", subsampling="4:4:4"),
    "AVIF with alpha": plain("RGBA", "AVIF", subsampling="4:4:4"),
    "AVIF of 12 bits": lambda size: deep_avifs.WITHOUT_ALPHA_LARGE if size == LARGE else deep_avifs.WITHOUT_ALPHA_SMALL,
    "AVIF of 12 bits with alpha": (
        lambda size: deep_avifs.WITH_ALPHA_LARGE if size == LARGE else deep_avifs.WITH_ALPHA_SMALL
    ),
    "TIFF in planes of 16 bits": tiff(SampleLayout(RGB, 16, planar=2, compression=DEFLATE, strip=1200), 3),
    "TIFF of 16 bits taken apart": tiff(SampleLayout(CMYK, 16, (UNASSOCIATED,), strip=1200), 5),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_held_for_a_photo_is_what_it_takes(kind: str, tmp_path: Path) -> None:
    files = [tmp_path / "large", tmp_path / "small"]
    for file, size in zip(files, (LARGE, SMALL), strict=True):
        file.write_bytes(KINDS[kind](size))
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.corpus.peaks", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(run.stdout)
    assert told["pixels"] >= LARGE[0] * LARGE[1]
    assert LEAST_USED * told["held"] < told["taken"] <= told["held"], told


def held(data: bytes) -> int:
    return photo_memory(data, decode.open_photo(data, detect(data) or ""))


def test_depth_chroma_and_alpha_each_take_their_part() -> None:
    whole = [(361, 300, 200), (361, 300, 200, 514)]
    shallow, half, full, alpha = (
        held(heif("RGB", (90, 80, 70), chroma=444)),
        held(heif("RGB;10", whole[0], chroma=420)),
        held(heif("RGB;10", whole[0], chroma=444)),
        held(heif("RGBA;10", whole[1], chroma=444)),
    )
    assert shallow < half < full < alpha


def test_a_small_photo_in_a_large_compressed_file_takes_the_files_copy() -> None:
    data = tiff_file(SampleLayout(RGB, compression=DEFLATE), [[(1, 2, 3)] * 64] * 48)
    assert held(data + bytes(10**7)) > held(data) + 10**7 - 64 * 48 * 12


def test_the_documented_limits_are_within_the_budget() -> None:
    """Million pixels in docs/limits.md, of photos of 3:2, by format and alpha."""
    documented = {
        pixel_memory._PLAIN: (100, 100),
        pixel_memory._WEBP: (73, 66),
        pixel_memory._HEIF: (100, 100),
        pixel_memory._HEIF_DEEP: (77, 77),
        pixel_memory._HEIF_DEEP_CHROMA: (66, 63),
        pixel_memory._AVIF: (100, 77),
        pixel_memory._AVIF_DEEP: (73, 63),
    }
    largest_variant = pixel_memory._LARGEST**2 * 1.5 * pixel_memory._PER_VARIANT_PIXEL
    for taken, promised in documented.items():
        for each, pixels in zip(taken, promised, strict=True):
            most = min((limits.DECODE_BYTES - largest_variant) / each, limits.MAX_DECODED_PIXELS)
            assert pixels == int(most // limits.MEGAPIXEL)
