"""How much one batch and one file may be; each limit can be set by the environment variable of its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from handlers.contract import names
from handlers.contract.keys import Kind

_MIB: Final = 2**20
_GIB: Final = 2**30


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of validate.

    Parameters
    ----------
    batch_assets
        Assets in a batch; the state machine's own state stays the same size for all of them.
    batch_videos
        Videos in a batch: each has an entry in the state, which must stay far below Step Functions' 256 KiB.
    batch_bytes
        Sum of the announced sizes. The default is what one ZIP takes well within the execution's hour.
    photo_bytes, video_bytes, document_bytes
        Size of one file. Photos are decoded in memory. A video is at most what one presigned PUT takes; one that came
        in parts is read once to be hashed.
    video_seconds
        Length of a film; a longer one would not be transcoded within the execution's hour.
    """

    batch_assets: int = 10_000
    batch_videos: int = 50
    batch_bytes: int = 100 * _GIB
    photo_bytes: int = 256 * _MIB
    video_bytes: int = 5 * _GIB
    document_bytes: int = 256 * _MIB
    video_seconds: int = 3_600

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the limits that are set; the others keep their defaults.

        Raises
        ------
        ValueError
            A value is not a whole number above 0; the message names the variable.
        """
        fields = {
            "batch_assets": names.MAX_BATCH_ASSETS,
            "batch_videos": names.MAX_BATCH_VIDEOS,
            "batch_bytes": names.MAX_BATCH_BYTES,
            "photo_bytes": names.MAX_PHOTO_BYTES,
            "video_bytes": names.MAX_VIDEO_BYTES,
            "document_bytes": names.MAX_DOCUMENT_BYTES,
            "video_seconds": names.MAX_VIDEO_SECONDS,
        }
        return cls(**{field: _number(name, environment[name]) for field, name in fields.items() if name in environment})

    def bytes_of(self, kind: Kind) -> int:
        """The largest size of a file of this kind."""
        return {Kind.PHOTO: self.photo_bytes, Kind.VIDEO: self.video_bytes, Kind.DOCUMENT: self.document_bytes}[kind]


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"environment variable {name} must be a whole number above 0, not {text!r}")
    return int(text)
