"""How the valid assets are shared out between the next states, in state that does not grow with the batch."""

import math
from collections.abc import Sequence
from typing import Any, Final

from handlers.contract.batch import Asset, Batch
from handlers.contract.names import State, video_files

MAX_CHUNKS: Final = 120  # each may take 110 events of the execution's history, if everything is retried
LEAST_IN_CHUNK: Final = 20  # photos; fewer would pay more for starting the function than for the photos


def chunked(assets: Sequence[Asset]) -> list[int]:
    """Indexes of the photos and documents to be processed, in the manifest's order."""
    return _worked_on_by(State.IMAGE_THUMBNAILS, assets)


def chunks(count: int) -> list[dict[str, int]]:
    """Cut so many photos and documents into at most `MAX_CHUNKS` ranges, ``{"first", "last"}`` both included.

    The numbers are positions in the list that `chunked` gives.
    """
    size = max(LEAST_IN_CHUNK, math.ceil(count / MAX_CHUNKS))
    return [{"first": first, "last": min(first + size, count) - 1} for first in range(0, count, size)]


def state(batch: Batch, assets: Sequence[Asset]) -> dict[str, Any]:
    """The state machine's state after validation: ``{"batch", "chunks", "videos", "valid"}``.

    What an earlier attempt's result stands for is valid, and neither in a chunk nor among the videos.
    """
    videos = _worked_on_by(State.VIDEO_TRANSCODE, assets)
    return {
        "batch": batch.to_state(),
        "chunks": chunks(len(chunked(assets))),
        "videos": [{"index": index, "files": batch.file(video_files(index))} for index in videos],
        "valid": sum(asset.valid for asset in assets),
    }


def _worked_on_by(state: State, assets: Sequence[Asset]) -> list[int]:
    due = (asset for asset in assets if asset.valid and not asset.reused)
    return [asset.index for asset in due if asset.kind.treatment.state is state]
