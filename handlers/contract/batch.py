"""The shapes that travel between states: a batch's reference (in the state) and its assets (in S3 manifests)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from handlers.contract.keys import MediaKey
from handlers.contract.media_types import Kind


@dataclass(frozen=True, slots=True)
class Batch:
    """What every state is told of a batch; its size does not depend on how many assets there are.

    Parameters
    ----------
    batch_id, listing_id
        As the backend sent them, a number or a string: callbacks repeat them unchanged.
    attempt
        0 for the first delivery; the backend counts up when it asks for the batch again.
    traceparent
        W3C Trace Context header of the request that enqueued the batch.
    manifest_prefix
        `handlers.contract.keys.manifest_prefix` of this attempt.
    """

    batch_id: int | str
    listing_id: int | str
    attempt: int
    traceparent: str
    manifest_prefix: str

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read ``{batchId, listingId, attempt, traceparent, manifestPrefix}``."""
        return cls(
            batch_id=state["batchId"],
            listing_id=state["listingId"],
            attempt=state["attempt"],
            traceparent=state["traceparent"],
            manifest_prefix=state["manifestPrefix"],
        )

    def to_state(self) -> dict[str, Any]:
        """The inverse of `from_state`."""
        return {
            "batchId": self.batch_id,
            "listingId": self.listing_id,
            "attempt": self.attempt,
            "traceparent": self.traceparent,
            "manifestPrefix": self.manifest_prefix,
        }

    @property
    def execution_name(self) -> str:
        """Step Functions' execution name: what makes a second delivery of a message harmless."""
        return f"batch-{self.batch_id}-{self.attempt}"

    @property
    def date(self) -> str:
        """``YYYY-MM-DD`` under which the batch's own outputs (manifests, ZIP) stand."""
        return self.manifest_prefix.split("/")[3]

    def file(self, name: str) -> str:
        """Key of one of the attempt's manifest objects."""
        return f"{self.manifest_prefix}{name}"


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One element of a list in a manifest object."""

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Self:
        """Read one element; members that this version does not know are ignored."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in line.items() if name in known})

    def to_json(self) -> dict[str, Any]:
        """The inverse of `from_json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Asset(ManifestLine):
    """One line of ``assets.json``: an asset and what validate found.

    Parameters
    ----------
    index
        Position in the manifest, from 0; results are matched by it.
    bytes
        Size of the raw object as announced; of a valid asset S3 has said the same.
    checksum_sha256
        64 hex digits, as announced.
    version_id
        The version that was validated; later states read this one, whatever is uploaded over it.
    error_code, error_message
        Both None for a valid asset.
    settings
        Of a video: digest of the settings of its MediaConvert job.
    reused
        Whether its result is an earlier attempt's; no later state works on it.
    """

    index: int
    key: str
    asset_type: str
    content_type: str
    bytes: int
    checksum_sha256: str
    sequence: int
    title: str | None = None
    version_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: int | None = None
    settings: str | None = None
    reused: bool = False

    @property
    def valid(self) -> bool:
        return self.error_code is None

    @property
    def raw(self) -> MediaKey:
        """The parsed key; only valid assets are sure to have one."""
        return MediaKey.parse(self.key)

    @property
    def kind(self) -> Kind:
        return self.raw.kind

    @property
    def pinned(self) -> dict[str, str]:
        """What a request for the object needs to get the validated version; nothing in a bucket without versions."""
        return {"VersionId": self.version_id} if self.version_id else {}

    @classmethod
    def announced(cls, index: int, line: Mapping[str, Any]) -> Self:
        """Read one element of ``input.json``'s ``assets``, of which nothing is known yet."""
        return cls(
            index=index,
            key=line["key"],
            asset_type=line["assetType"],
            content_type=line["contentType"],
            bytes=line["bytes"],
            checksum_sha256=line["checksumSha256"],
            sequence=line["sequence"],
            title=line["title"],
        )


@dataclass(frozen=True, slots=True)
class AssetResult(ManifestLine):
    """What a state made of one asset: a line of ``chunks/*.json``, or of a video's result.

    Parameters
    ----------
    outputs
        Name of the output (``processed``, ``thumbnail``, ``small``, ``1080p``, ``poster``, ...) to its key.
    bytes, content_type, width, height, duration_seconds, checksum_sha256
        Measures of the processed output: size, type, pixels after orientation, whole seconds, hex digest where known.
    placeholder, dominant_colour
        `handlers.thumbnails.preview.Preview` of a photo: a data URI and ``#rrggbb``.
    projection
        ``equirectangular`` for a photo of a sphere, see `handlers.thumbnails.photo_sphere`; None for a flat one.
    settings
        Version of what made a photo's or document's outputs, see `handlers.contract.names.RENDERING_VERSION`.
    etags
        Name of the output to the ETag that S3 gave its object: as long as it has that one, it is what was made.
    """

    index: int
    outputs: dict[str, str]
    bytes: int | None = None
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: int | None = None
    checksum_sha256: str | None = None
    crc32: int | None = None  # of the processed object, unsigned: lets the ZIP be laid out without reading it
    error_code: str | None = None
    error_message: str | None = None
    placeholder: str | None = None
    dominant_colour: str | None = None
    projection: str | None = None
    settings: str | None = None
    etags: dict[str, str] = field(default_factory=dict)
