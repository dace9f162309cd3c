"""What clients may send: the bodies of the HTTP API, checked before anything is done with them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from handlers.contract.media_types import MediaType

MAX_ASSETS = 10_000  # what the pipeline is built and tested for


class Body(BaseModel):
    """JSON in camelCase; members that nobody knows are mistakes."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", str_strip_whitespace=True
    )


class AnnouncedAsset(Body):
    """A file that the client is about to upload.

    Parameters
    ----------
    checksum_sha256
        64 hex digits of the file's content; the upload URL accepts no other content.
    sequence
        Position within the listing.
    """

    filename: Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f\x7f]+$", max_length=200)]
    asset_type: MediaType
    content_type: Annotated[str, Field(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=100)]
    bytes: Annotated[int, Field(gt=0, le=5 * 1024**3)]  # Amazon S3, "Uploading objects": 5 GB by a single PUT
    checksum_sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
    sequence: Annotated[int, Field(ge=0, lt=2**32)]
    title: Annotated[str | None, Field(max_length=255)] = None

    @model_validator(mode="before")
    @classmethod
    def _read_asset_type(cls, value: object) -> object:
        """Clients say the database's name of the type, e.g. ``PHOTO_VERTICAL``."""
        if isinstance(value, dict) and value.get("assetType") in MediaType.__members__:
            return value | {"assetType": MediaType[value["assetType"]]}
        return value


class NewBatch(Body):
    """A batch to register.

    Parameters
    ----------
    photographer_user_id
        None when the owner of a development project uploads; then every asset is a ``PROJECT_*``.
    """

    photographer_user_id: Annotated[int | None, Field(gt=0)] = None
    assets: Annotated[list[AnnouncedAsset], Field(min_length=1, max_length=MAX_ASSETS)]

    @model_validator(mode="after")
    def _check_assets(self) -> "NewBatch":
        sequences = [asset.sequence for asset in self.assets]
        if len(set(sequences)) < len(sequences):
            raise ValueError("two assets have the same sequence")
        if self.photographer_user_id is None and not all(asset.asset_type.from_owner for asset in self.assets):
            allowed = " or ".join(each.asset_type for each in MediaType if each.from_owner)
            raise ValueError(f"without photographerUserId every asset must be {allowed}")
        return self

    @property
    def uploaded_by(self) -> str:
        """Who uploads, as the manifest records it and the table's CHECK requires it."""
        return "OWNER" if self.photographer_user_id is None else "PHOTOGRAPHER"
