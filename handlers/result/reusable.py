"""What an attempt leaves for later ones of the same batch: each finished result, and what it was made from.

``reusable.json`` stands beside the attempt's result. A later attempt takes a line over where the raw version, its
announced facts and the settings are the same, and every output still is the object that was made.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from handlers.contract.batch import Asset, AssetResult, ManifestLine
from handlers.contract.callback_body import FinishedAsset
from handlers.contract.media_types import Kind

# The version of an object that was written before its bucket had versions: the next write may replace it.
_NO_VERSION: Final = (None, "null")
_TEXT: Final = {"type": "string", "minLength": 1}
_TEXTS: Final = {"type": "object", "minProperties": 1, "additionalProperties": _TEXT}
_TEXT_OR_NULL: Final = {"type": ["string", "null"]}
_NUMBER: Final = {"type": ["integer", "null"], "minimum": 0}
_RESULT: Final = {
    "type": "object",
    "required": ["outputs", "etags"],
    "properties": {
        "outputs": _TEXTS,
        "etags": _TEXTS,
        **dict.fromkeys(
            ("content_type", "checksum_sha256", "placeholder", "dominant_colour", "projection"), _TEXT_OR_NULL
        ),
        **dict.fromkeys(("bytes", "width", "height", "duration_seconds", "crc32"), _NUMBER),
    },
}
_VIDEO: Final = {
    "type": ["object", "null"],
    "required": ["status", "job"],
    "properties": {"status": {"const": "COMPLETE"}, "job": {"type": "object"}},
}
_SCHEMA: Final[dict[str, Any]] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["results"],
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "version_id", "checksum_sha256", "bytes", "content_type", "settings", "result"],
                "properties": {
                    **dict.fromkeys(("key", "version_id", "checksum_sha256", "content_type", "settings"), _TEXT),
                    "bytes": {"type": "integer"},
                    "result": _RESULT,
                    "video": _VIDEO,
                },
            },
        }
    },
}


@dataclass(frozen=True, slots=True)
class Source:
    """What a result was made from; the title, the place in the listing and the attempt make no difference.

    Parameters
    ----------
    key, version_id
        The raw object, whose version never changes.
    checksum_sha256, bytes, content_type
        As announced, and found right.
    """

    key: str
    version_id: str
    checksum_sha256: str
    bytes: int
    content_type: str

    @classmethod
    def of(cls, asset: Asset) -> "Source | None":
        """The source of a valid asset; None where S3 keeps no versions of it."""
        if asset.version_id is None or asset.version_id in _NO_VERSION:
            return None
        return cls(asset.key, asset.version_id, asset.checksum_sha256, asset.bytes, asset.content_type)


@dataclass(frozen=True, slots=True)
class Reusable(ManifestLine):
    """A line of ``reusable.json``: a `Source`, the settings, and the result.

    Parameters
    ----------
    settings
        Of a photo or document the version of what made it, of a video the digest of its job's settings.
    result
        `AssetResult` as JSON; its ``etags`` say which objects its outputs are.
    video
        How the video's job ended, as `handlers.result.asset_results.video_results` gives it.
    """

    key: str
    version_id: str
    checksum_sha256: str
    bytes: int
    content_type: str
    settings: str
    result: dict[str, Any]
    video: dict[str, Any] | None = None

    @property
    def source(self) -> Source:
        return Source(self.key, self.version_id, self.checksum_sha256, self.bytes, self.content_type)

    def result_at(self, index: int) -> AssetResult:
        """The result as that of the asset at a position of another attempt."""
        return AssetResult.from_json(self.result | {"index": index})

    def video_at(self, index: int) -> dict[str, Any] | None:
        """The end of the video's job as that of the asset at a position of another attempt."""
        return self.video and self.video | {"index": index}


def reusable_document(assets: Iterable[FinishedAsset], videos: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Content of ``reusable.json``: every result without an error whose source, settings and outputs are known.

    Parameters
    ----------
    videos
        `handlers.result.asset_results.video_results` of the attempt.
    """
    lines = (_line(finished.asset, finished.result, videos.get(finished.asset.index)) for finished in assets)
    return {"results": [line.to_json() for line in lines if line]}


def _line(asset: Asset, result: AssetResult, video: dict[str, Any] | None) -> Reusable | None:
    source = Source.of(asset)
    if not asset.valid or source is None or result.error_code or not result.outputs:
        return None
    settings = asset.settings if asset.kind is Kind.VIDEO else result.settings
    if settings is None or result.etags.keys() != result.outputs.keys():
        return None  # made by a release that noted neither
    return Reusable(
        key=source.key,
        version_id=source.version_id,
        checksum_sha256=source.checksum_sha256,
        bytes=source.bytes,
        content_type=source.content_type,
        settings=settings,
        result=result.to_json(),
        video=video,
    )


def read_reusable(document: Any) -> list[Reusable]:
    """The lines of a ``reusable.json``.

    Raises
    ------
    ValueError
        It is none.
    """
    import fastjsonschema  # type: ignore[import-untyped]

    try:
        _check()(document)
    except fastjsonschema.JsonSchemaValueException as error:
        raise ValueError(error.message[:300]) from error
    return [Reusable.from_json(line) for line in document["results"]]


@cache
def _check() -> Callable[[Any], Any]:
    import fastjsonschema

    check: Callable[[Any], Any] = fastjsonschema.compile(_SCHEMA, use_default=False)
    return check
