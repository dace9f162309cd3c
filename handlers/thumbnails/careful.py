"""A chunk on which the function has died, one asset after the other: only the one that it dies of is lost."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from handlers.contract.batch import Asset, AssetResult
from handlers.runtime.observability import logger
from handlers.runtime.store import MediaStore
from handlers.thumbnails.chunk import process_all

LEAST_SECONDS: Final = 120.0  # what an asset has at least, so that none is blamed for the time that others took


class OutOfTimeError(Exception):
    """The rest of the chunk is for the next invocation."""


def process_carefully(
    store: MediaStore, assets: Sequence[Asset], journal_key: str, remaining_seconds: Callable[[], float]
) -> list[AssetResult]:
    """Process assets one by one, each noted in a journal before it is begun; what killed an earlier try stays out.

    Parameters
    ----------
    journal_key
        Where the chunk's results stand; until they are complete, ``begun`` beside them names what was begun.
    remaining_seconds
        Seconds until Lambda ends the invocation.

    Raises
    ------
    OutOfTimeError
        There is no time for the next asset; what is done is kept.
    botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError
        S3 failed; the asset in hand is not blamed.
    """
    journal: dict[str, Any] = store.find_json(journal_key) or {}
    lines: list[dict[str, Any]] = journal.get("results", [])
    begun: list[int] = journal.get("begun", [])
    known = {line["index"] for line in lines} | set(begun)
    for asset in assets:
        if asset.index in known:
            continue
        if remaining_seconds() < LEAST_SECONDS:
            raise OutOfTimeError(f"less than {LEAST_SECONDS:.0f} s left; the rest of the chunk is to be done")
        store.put_json(journal_key, {"results": lines, "begun": [*begun, asset.index]})
        try:
            lines += [result.to_json() for result in process_all(store, [asset])]
        except Exception:  # the function lives, and nothing is known against the asset
            store.put_json(journal_key, {"results": lines, "begun": begun})
            raise
        store.put_json(journal_key, {"results": lines, "begun": begun})
    if begun:
        logger.warning("assets that the function died of", assetIndexes=begun)
    return [AssetResult.from_json(line) for line in lines]
