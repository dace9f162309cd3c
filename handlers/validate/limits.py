"""How much one batch and one file may be; each limit can be set by the environment variable of its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from handlers.contract import names
from handlers.contract.media_types import Kind
from handlers.contract.video_limits import MOST_BATCH_VIDEO_SECONDS, MOST_VIDEO_SECONDS, MOST_VIDEOS

_GIB: Final = 2**30


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of validate.

    Parameters
    ----------
    batch_assets
        Assets in a batch; the state machine's own state stays the same size for all of them.
    batch_videos
        Videos in a batch: as many as the state machine hands to MediaConvert at once.
    batch_video_seconds
        Sum of the lengths of a batch's videos; more would not be transcoded in time for the ZIP and the callback.
    batch_bytes
        Sum of the announced sizes. The default is what one ZIP takes well within the execution's hour.
    video_seconds
        Length of a video; a longer one would not be transcoded in time. One of unknown length counts as this long.
    file_bytes
        Size of one file of each kind.
    """

    batch_assets: int = 10_000
    batch_videos: int = MOST_VIDEOS
    batch_video_seconds: int = MOST_BATCH_VIDEO_SECONDS
    batch_bytes: int = 100 * _GIB
    video_seconds: int = MOST_VIDEO_SECONDS
    file_bytes: Mapping[Kind, int] = field(
        default_factory=lambda: {kind: kind.treatment.max_bytes for kind in Kind}, hash=False
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the limits that are set; the others keep their defaults.

        Raises
        ------
        ValueError
            A value is not a whole number above 0; the message names the variable.
        """
        variables = {
            "batch_assets": names.MAX_BATCH_ASSETS,
            "batch_videos": names.MAX_BATCH_VIDEOS,
            "batch_video_seconds": names.MAX_BATCH_VIDEO_SECONDS,
            "batch_bytes": names.MAX_BATCH_BYTES,
            "video_seconds": names.MAX_VIDEO_SECONDS,
        }
        given = {name: _number(variable, environment) for name, variable in variables.items()}
        file_bytes = {
            kind: _number(kind.treatment.max_bytes_variable, environment) or kind.treatment.max_bytes for kind in Kind
        }
        return cls(file_bytes=file_bytes, **{name: value for name, value in given.items() if value is not None})


def _number(variable: str, environment: Mapping[str, str]) -> int | None:
    text = environment.get(variable)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"environment variable {variable} must be a whole number above 0, not {text!r}")
    return int(text)
