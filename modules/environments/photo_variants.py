"""The table ``[photos]`` of an environment: variants of photos beside the four that every environment has.

What is added has to be made in the time of one invocation, for as many photos as one is given. The rates are measured
(24-megapixel photograph, one core of an AMD EPYC: JPEG 0.005 s a megapixel, WebP 0.12 s) and rounded up.
"""

import math
from collections.abc import Mapping
from typing import Final

from handlers.contract.names import MAX_BATCH_ASSETS
from handlers.contract.photo_variants import MAX_WIDTH, MOST_ADDED, NAME, RESERVED, Encoding, Table, Variant
from modules.environments.environment import FunctionSize
from modules.environments.toml_table import Table as Settings

# As `handlers.validate` has them: assets of the largest batch, its chunks, and the assets in the smallest chunk.
MOST_ASSETS: Final = 10_000
MOST_CHUNKS: Final = 120
LEAST_IN_CHUNK: Final = 20

_SECONDS_PER_MEGAPIXEL: Final = {Encoding.JPEG: 0.01, Encoding.WEBP: 0.15}
_MOST_TRIES: Final = 5  # encodings until the best quality is found that keeps to the bytes
_OTHER_SECONDS: Final = 60  # of an invocation, for what its photos take without added variants
_VCPU_MIB: Final = 1769  # AWS "Configure Lambda function memory"
_FORMATS: Final = [encoding.value for encoding in Encoding]


def added_variants(settings: Settings | None, function: FunctionSize, limits: Mapping[str, int]) -> Table:
    """The variants of ``[[photos.variants]]``, in the file's order; none without the table.

    Parameters
    ----------
    function
        Size of the function that makes them.
    limits
        The environment's table ``[limits]``.

    Raises
    ------
    ConfigError
        A name is not free, a value out of range, or the work too much for one invocation.
    """
    if settings is None:
        return ()
    rows = settings.tables("variants")
    if not rows:
        raise settings.error("variants", "is empty", "add a table [[photos.variants]], or leave [photos] out")
    if len(rows) > MOST_ADDED:
        raise settings.error("variants", f"{len(rows)} are too many", f"write {MOST_ADDED} at most")
    variants: list[Variant] = []
    for row in rows:
        variant = _variant(row)
        if variant.name in {one.name for one in variants}:
            raise row.error("name", f"{variant.name!r} is taken", "give each variant a name of its own")
        variants.append(variant)
    settings.finish()
    _check_time(settings, variants, function, limits)
    return tuple(variants)


def _variant(row: Settings) -> Variant:
    name = row.text("name", NAME, "write 1-16 of a-z and 0-9, a letter first")
    if name in RESERVED:
        raise row.error("name", f"{name!r} is reserved", f"use another than {', '.join(sorted(RESERVED))}")
    variant = Variant(
        name=name,
        width=row.number("width", 16, MAX_WIDTH),
        encoding=Encoding(row.one_of("format", _FORMATS)),
        max_bytes=row.number("max_bytes", 1_000, 50_000_000),
    )
    row.finish()
    return variant


def _check_time(settings: Settings, variants: list[Variant], function: FunctionSize, limits: Mapping[str, int]) -> None:
    """An invocation that is out of time is repeated photo by photo: nothing is lost, but all is paid for twice."""
    photos = max(LEAST_IN_CHUNK, math.ceil(limits.get(MAX_BATCH_ASSETS, MOST_ASSETS) / MOST_CHUNKS))
    needed = math.ceil(photos * seconds_per_photo(variants) * _VCPU_MIB / function.memory_mb) + _OTHER_SECONDS
    if needed > function.timeout_seconds:
        reason = f"take up to {needed} s for the {photos} photos of one invocation, of {function.timeout_seconds}"
        remedy = "lower a width, write jpeg for webp, or raise functions.thumbnails.timeout_seconds"
        raise settings.error("variants", reason, remedy)


def seconds_per_photo(variants: list[Variant]) -> float:
    """CPU seconds that encoding the variants of a square photo takes at most."""
    return sum(one.width**2 / 1e6 * _SECONDS_PER_MEGAPIXEL[one.encoding] * _MOST_TRIES for one in variants)
