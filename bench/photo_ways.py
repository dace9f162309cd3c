"""Ways from one JPEG to the four widths, each in a process of its own: ``python bench/photo_ways.py WAY PHOTO``.

A line ``go`` on standard input runs the way once and is answered with its times as JSON; a line ``save FOLDER`` also
writes its variants there. The file also runs under the interpreter that has pyvips, and not the product's packages: so
every import of either stands within its way.
"""

import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

WIDTHS: Final = (1200, 800, 400, 200)
QUALITY: Final = 92  # the product's, for all

type Way = Callable[[], list[bytes]]


def ours(data: bytes) -> Way:
    """What `handlers.thumbnails` does for the variants, finding and judging the parts of the file included."""
    from handlers.contract.keys import VARIANT_WIDTHS
    from handlers.thumbnails import decode, jpeg_segments, variants

    names = sorted(VARIANT_WIDTHS, key=lambda name: -VARIANT_WIDTHS[name])

    def way() -> list[bytes]:
        file = jpeg_segments.parse(data)
        stored, orientation = (file.frame.width, file.frame.height), file.facts.orientation
        wanted = variants.wanted_size(stored, orientation)
        made = variants.render(decode.decode_jpeg(file, wanted), file.profile, orientation)
        return [made[name] for name in names]

    return way


def floor(data: bytes) -> Way:
    """Decoding at a quarter of the size and nothing else: no way through libjpeg can be faster."""
    from PIL import Image

    def way() -> list[bytes]:
        image = Image.open(io.BytesIO(data))
        image.draft("RGB", (WIDTHS[0], 1))
        image.load()
        return []

    return way


def pillow(data: bytes) -> Way:
    """The plain loop: open the file and resize it, for each width."""
    from PIL import Image

    def way() -> list[bytes]:
        variants = []
        for width in WIDTHS:
            image = Image.open(io.BytesIO(data)).convert("RGB")
            height = round(image.height * width / image.width)
            buffer = io.BytesIO()
            image.resize((width, height), Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=QUALITY)
            variants.append(buffer.getvalue())
        return variants

    return way


def vips_cascade(data: bytes) -> Way:
    """libvips at its best: shrink on load once, then each width from its larger neighbour."""
    vips = _vips()

    def way() -> list[bytes]:
        image = vips.Image.thumbnail_buffer(data, WIDTHS[0]).copy_memory()
        variants = [_vips_jpeg(image)]
        for width in WIDTHS[1:]:
            image = image.thumbnail_image(width).copy_memory()
            variants.append(_vips_jpeg(image))
        return variants

    return way


def vips_plain(data: bytes) -> Way:
    """libvips from the file for each width."""
    vips = _vips()
    return lambda: [_vips_jpeg(vips.Image.thumbnail_buffer(data, width)) for width in WIDTHS]


def _vips() -> Any:
    os.environ["VIPS_CONCURRENCY"] = "1"
    import pyvips  # type: ignore[import-not-found]  # installed by the benchmark

    pyvips.cache_set_max(0)
    return pyvips


def _vips_jpeg(image: Any) -> bytes:
    content: bytes = image.jpegsave_buffer(Q=QUALITY, keep="none", subsample_mode="on")
    return content


WAYS: Final[dict[str, Callable[[bytes], Way]]] = {
    "ours": ours,
    "floor": floor,
    "pillow": pillow,
    "vips-cascade": vips_cascade,
    "vips-plain": vips_plain,
}


def main(name: str, photo: str) -> None:
    """Serve orders until standard input ends."""
    way = WAYS[name](Path(photo).read_bytes())
    for line in sys.stdin:
        order, _, folder = line.strip().partition(" ")
        cpu, started = time.process_time(), time.perf_counter()
        variants = way()
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        if order == "save":
            for width, variant in zip(WIDTHS, variants, strict=True):
                (Path(folder) / f"{width}.jpg").write_bytes(variant)
        print(json.dumps({"seconds": seconds, "cpu": cpu, "bytes": sum(map(len, variants))}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
