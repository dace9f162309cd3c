"""The table of media types: what may be uploaded, how each type is named, and what the pipeline does with it.

A new type is a row of `MediaType`; one that is treated in a new way is a row of `Kind` too, and a handler. The names in
the database are those of the column ``listing_media_assets.asset_type``: a migration adds a new one.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from handlers.contract import names
from handlers.contract.names import State

_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Treatment:
    """What the pipeline does with assets of a kind.

    Parameters
    ----------
    state
        State that works on them: chunk by chunk in ``ImageThumbnails``, one by one in ``VideoTranscode``.
    accepted
        What the first bytes of the uploaded file may say it is, in `handlers.files.content_type.canonical` spelling.
    main_output
        Output that stands for the asset: the callback's ``processedKey`` and the file in the ZIP.
    thumbnail_output
        Output that is the callback's ``thumbnailKey``; None where there is none.
    max_bytes
        Size of the uploaded file, unless the environment variable ``max_bytes_variable`` says another.
    """

    state: State
    accepted: frozenset[str]
    main_output: str
    thumbnail_output: str | None
    max_bytes: int
    max_bytes_variable: str


class Kind(StrEnum):
    """What is done with an asset; each has its `Treatment`."""

    treatment: Treatment

    def __new__(cls, value: str, *row: Treatment) -> Self:
        kind = str.__new__(cls, value)
        kind._value_ = value
        (kind.treatment,) = row
        return kind

    # Photos and renders: cleaned original and variants, decoded in memory.
    PHOTO = (
        "photo",
        Treatment(
            state=State.IMAGE_THUMBNAILS,
            accepted=frozenset({"image/jpeg", "image/png", "image/webp", "image/tiff", "image/heic", "image/avif"}),
            main_output="processed",
            thumbnail_output="thumbnail",
            max_bytes=256 * _MIB,
            max_bytes_variable=names.MAX_PHOTO_BYTES,
        ),
    )
    # Transcoded by MediaConvert. The size is the most that one presigned PUT takes.
    VIDEO = (
        "video",
        Treatment(
            state=State.VIDEO_TRANSCODE,
            accepted=frozenset({"video/mp4"}),
            main_output="1080p",
            thumbnail_output="poster",
            max_bytes=5 * 1024 * _MIB,
            max_bytes_variable=names.MAX_VIDEO_BYTES,
        ),
    )
    # Copied as it is.
    DOCUMENT = (
        "document",
        Treatment(
            state=State.IMAGE_THUMBNAILS,
            accepted=frozenset(
                {"application/pdf", "application/rtf", "application/zip", "application/x-ole-storage"}
                | {"image/vnd.dwg", "image/jpeg", "image/png", "image/tiff"}
            ),
            main_output="processed",
            thumbnail_output=None,
            max_bytes=256 * _MIB,
            max_bytes_variable=names.MAX_DOCUMENT_BYTES,
        ),
    )


class MediaType(StrEnum):
    """One type: the value is the third part of a key, the member's name is the database's (requirements, section 2).

    Parameters
    ----------
    orientation
        The database's ``VERTICAL`` or ``HORIZONTAL``; None for a type that has none.
    from_owner
        Whether the owner of a development project may upload it, without a photographer.
    """

    kind: Kind
    orientation: str | None
    from_owner: bool

    def __new__(cls, value: str, *row: Any) -> Self:
        media_type = str.__new__(cls, value)
        media_type._value_ = value
        media_type.kind, media_type.orientation, media_type.from_owner = row
        return media_type

    PHOTO_VERTICAL = "photo/vertical", Kind.PHOTO, "VERTICAL", False
    PHOTO_HORIZONTAL = "photo/horizontal", Kind.PHOTO, "HORIZONTAL", False
    VIDEO_VERTICAL = "video/vertical", Kind.VIDEO, "VERTICAL", False
    VIDEO_HORIZONTAL = "video/horizontal", Kind.VIDEO, "HORIZONTAL", False
    PROJECT_DOC = "project/doc", Kind.DOCUMENT, None, True
    PROJECT_RENDER = "project/render", Kind.PHOTO, None, True

    @property
    def asset_type(self) -> str:
        """The database's name of the type, e.g. ``PHOTO_VERTICAL``."""
        return self.name
