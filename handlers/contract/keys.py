"""Object keys of the media bucket: ``{listingId}/{stage}/{mediaType}/{YYYY-MM-DD}/{filename}`` (requirements, 1.1).

Outputs keep the date of the raw key, so that a retry after midnight writes the same keys.
"""

import datetime
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

from handlers.contract.errors import AssetError, AssetErrorCode
from handlers.contract.ids import is_id
from handlers.contract.media_types import Kind, MediaType

MAX_KEY_LENGTH: Final = 512  # characters; column source_key is varchar(512)
# S3 allows 1,024 ("Naming Amazon S3 objects"), and answers more with an error that says nothing about the asset. The
# longest ending that an output's name adds, "-poster.0000000.jpg", must still fit behind the whole raw key.
MAX_KEY_BYTES: Final = 1000
VARIANT_WIDTHS: Final = {"thumbnail": 200, "small": 400, "medium": 800, "large": 1200}  # pixels

# ISO weeks ("2026-W09-1") are dates to Python too, but not to whoever reads the layout.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Printable, no slash, no control character, no lone surrogate, which has no UTF-8; leading dots would hide the file or
# climb out of a folder when unzipped.
_FILENAME = re.compile(r"(?!\.)[^/\\\x00-\x1f\x7f\ud800-\udfff]{1,255}")


class Stage(StrEnum):
    """Second part of a key: how far the object has come."""

    RAW = "raw"
    PROCESSED = "processed"
    ZIP = "zip"
    THUMB = "thumb"


@dataclass(frozen=True, slots=True)
class MediaKey:
    """One parsed key.

    Parameters
    ----------
    listing_id
        Decimal or opaque id, as the backend writes it into the key.
    date
        ``YYYY-MM-DD``.
    filename
        Last part of the key, extension included.
    """

    listing_id: str
    stage: Stage
    media_type: MediaType
    date: str
    filename: str

    @classmethod
    def parse(cls, key: str) -> Self:
        """Read a key.

        Raises
        ------
        AssetError
            ``KEY_NOT_ALLOWED`` when the key does not follow the layout.
        """
        if len(key) > MAX_KEY_LENGTH:
            raise AssetError(AssetErrorCode.KEY_NOT_ALLOWED, f"key has {len(key)} characters, at most {MAX_KEY_LENGTH}")
        parts = key.split("/")
        try:
            listing_id, stage, group, kind, date, filename = parts
            parsed = cls(listing_id, Stage(stage), MediaType(f"{group}/{kind}"), date, filename)
            datetime.date.fromisoformat(date)
        except ValueError as error:
            raise AssetError(
                AssetErrorCode.KEY_NOT_ALLOWED,
                f"key {key!r} is not {{listingId}}/{{stage}}/{{mediaType}}/{{YYYY-MM-DD}}/{{filename}}",
            ) from error
        if not (is_id(listing_id) and _DATE.fullmatch(date) and _FILENAME.fullmatch(filename)):
            raise AssetError(AssetErrorCode.KEY_NOT_ALLOWED, f"key {key!r} has an unsafe listing id, date or file name")
        if (size := len(key.encode())) > MAX_KEY_BYTES:
            raise AssetError(AssetErrorCode.KEY_NOT_ALLOWED, f"key has {size} bytes, at most {MAX_KEY_BYTES}")
        return parsed

    def __str__(self) -> str:
        return f"{self.listing_id}/{self.stage}/{self.media_type}/{self.date}/{self.filename}"

    @property
    def stem(self) -> str:
        """File name without its last extension."""
        return self.filename.rsplit(".", 1)[0]

    @property
    def kind(self) -> Kind:
        """How the pipeline treats an object of this media type."""
        return self.media_type.kind

    def at(self, stage: Stage, filename: str) -> Self:
        """The key of an output made from this object: same listing, media type and date."""
        return replace(self, stage=stage, filename=filename)


def photo_key(raw: MediaKey) -> str:
    """Key of the cleaned original of a photo."""
    return str(raw.at(Stage.PROCESSED, f"{raw.stem}.jpg"))


def variant_key(raw: MediaKey, variant: str, extension: str = "jpg") -> str:
    """Key of one of a photo's variants, see `handlers.contract.photo_variants`."""
    return str(raw.at(Stage.THUMB, f"{raw.stem}-{variant}.{extension}"))


def document_key(raw: MediaKey) -> str:
    """Key of the copy of a document that stays readable when the raw one goes to Glacier."""
    return str(raw.at(Stage.PROCESSED, raw.filename))


def zip_key(listing_id: str, date: str, batch_id: str, *, partial: bool) -> str:
    """Key of a batch's ZIP bundle; a partial one says so in its name."""
    name = f"batch-{batch_id}-partial.zip" if partial else f"batch-{batch_id}.zip"
    return f"{listing_id}/{Stage.ZIP}/{'partial' if partial else 'complete'}/{date}/{name}"


def manifest_prefix(listing_id: str, date: str, batch_id: str, attempt: int) -> str:
    """Prefix, with its closing slash, of the objects in which the states of one attempt keep what grows."""
    return f"{manifest_dates(listing_id)}{date}/batch-{batch_id}-{attempt}/"


def manifest_dates(listing_id: str) -> str:
    """Prefix, with its closing slash, under which the dates of a listing's manifests stand."""
    return f"{listing_id}/{Stage.PROCESSED}/manifest/"
