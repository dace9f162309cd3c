"""Small files that would take gigabytes: ``python -m tests.support.corpus.bombs`` says as JSON what refusing costs."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

from handlers.contract.errors import AssetError
from handlers.thumbnails import limits
from handlers.thumbnails.memory import MemoryBudget
from handlers.thumbnails.photo import process
from tests.support.corpus import hostile
from tests.support.corpus.photos import encoded, scene

BOMBS: Final[dict[str, Callable[[], bytes]]] = {
    "JPEG of 65,535 x 65,535": lambda: hostile.resized_header(encoded(scene(), "JPEG"), 65_535, 65_535),
    "JPEG of 900 megapixels": lambda: hostile.resized_header(encoded(scene(), "JPEG"), 30_000, 30_000),
    "progressive JPEG of 225 megapixels": lambda: hostile.resized_header(
        encoded(scene(), "JPEG", progressive=True), 15_000, 15_000
    ),
    "progressive CMYK JPEG of 196 megapixels": lambda: hostile.resized_header(
        encoded(scene().convert("CMYK"), "JPEG", progressive=True), 14_000, 14_000
    ),
    "JPEG too narrow to be reduced": lambda: hostile.resized_header(encoded(scene(), "JPEG"), 2_399, 65_000),
    "JPEG of a thousand scans": lambda: hostile.many_scans(limits.MAX_SCANS + 1),
    "PNG that unfolds to 120 megapixels": lambda: hostile.whole_png_bomb(20_000, 6_000),
    "PNG of 2**31 pixels a side": lambda: hostile.png(2**31 - 1, 2**31 - 1),
    "PNG longer than any JPEG": lambda: hostile.png(2, 70_000),
    "WebP canvas": lambda: hostile.webp_canvas(16_777_216, 256),
    "TIFF of 3,600 megapixels": lambda: hostile.tiled_tiff(60_000, 60_000, 256),
    "TIFF of one giant tile": lambda: hostile.tiled_tiff(100, 100, 60_000),
}


def main() -> None:
    """Refuse every bomb and tell the codes, and how far the process grew."""
    warnings.simplefilter("ignore")
    process(encoded(scene(), "TIFF"), MemoryBudget(1))  # what is imported once is not the bombs' doing
    process(encoded(scene(), "PNG"), MemoryBudget(1))
    files = {name: make() for name, make in BOMBS.items()}
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far (man 5 proc)
    before, codes = _peak_mib(), {}
    for name, data in files.items():
        try:
            process(data, MemoryBudget(limits.DECODE_BYTES))
        except AssetError as error:
            codes[name] = error.code.value
    print(json.dumps({"codes": codes, "grown_mib": _peak_mib() - before}))


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
