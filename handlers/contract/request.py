"""What the backend asks for: a batch of uploaded assets, checked for its form and brought into one shape.

Only the form is decided here, by JSON Schema: a message of the wrong form says nothing certain about any asset and no
retry mends it. Whether an asset's key, file or type is right is validate's to say, asset by asset.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Self

from handlers.contract.batch import Batch
from handlers.contract.errors import AssetError, BatchRefusedError
from handlers.contract.ids import ID_SCHEMAS, is_id
from handlers.contract.keys import MediaKey, Stage, manifest_prefix

_ID: Final = {"anyOf": ID_SCHEMAS}
_ASSET: Final = {
    "type": "object",
    "required": ["key", "assetType", "contentType", "bytes", "checksumSha256", "sequence"],
    "properties": {
        "key": {"type": "string", "minLength": 1, "maxLength": 1024},
        "assetType": {"type": "string", "minLength": 1, "maxLength": 40},
        "contentType": {"type": "string", "minLength": 1, "maxLength": 100},
        "bytes": {"type": "integer", "minimum": 0},
        "checksumSha256": {"type": "string", "pattern": r"^[0-9a-fA-F]{64}\Z"},
        "sequence": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
        "title": {"type": ["string", "null"], "maxLength": 255},
    },
}
_ASSETS: Final = {"type": "array", "minItems": 1, "items": _ASSET}
MESSAGE_SCHEMA: Final[dict[str, Any]] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["batchId", "listingId", "traceparent"],
    "properties": {
        "batchId": _ID,
        "listingId": _ID,
        # 80 characters are all that an execution name may have.
        "attempt": {"type": "integer", "minimum": 0, "maximum": 999_999},
        # W3C Trace Context; it is repeated in a header of the callback, so nothing else may stand in it.
        "traceparent": {"type": "string", "pattern": r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\Z"},
        "assets": _ASSETS,
        "manifestKey": {"type": "string", "minLength": 1, "maxLength": 1024},
    },
}
MANIFEST_SCHEMA: Final[dict[str, Any]] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["assets"],
    "properties": {"assets": _ASSETS},
}
_ASSET_MEMBERS: Final = tuple(_ASSET["properties"])

type ManifestReader = Callable[[str], Any]
"""Reads the JSON object at a key of the media bucket; raises `BatchRefusedError` when there is none."""


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """A batch and the assets that the backend announced for it, in listing order.

    Parameters
    ----------
    assets
        ``{key, assetType, contentType, bytes, checksumSha256 (lower case), sequence, title}`` each.
    """

    batch: Batch
    assets: tuple[dict[str, Any], ...]

    @classmethod
    def parse(cls, body: Mapping[str, Any], read_manifest: ManifestReader, fallback_date: str) -> Self:
        """Check a message's body, or an execution's inline input, and normalise it.

        Parameters
        ----------
        read_manifest
            Used when the body names a ``manifestKey`` in place of ``assets``.
        fallback_date
            ``YYYY-MM-DD`` for a batch in which no asset has a usable key.

        Raises
        ------
        BatchRefusedError
            The form is wrong; the message says where.
        """
        _check(_message_check, body)
        if ("assets" in body) == ("manifestKey" in body):
            raise BatchRefusedError("data must contain either assets or manifestKey")
        if not (is_id(body["listingId"]) and is_id(body["batchId"])):
            raise BatchRefusedError("batchId and listingId must be whole numbers or at most 64 of A-Z a-z 0-9 _ -")
        listing_id, batch_id, attempt = str(body["listingId"]), str(body["batchId"]), int(body.get("attempt", 0))
        assets = body["assets"] if "assets" in body else cls._announced(body, read_manifest)
        date = announced_date(listing_id, assets) or fallback_date
        batch = Batch(
            batch_id=body["batchId"],
            listing_id=body["listingId"],
            attempt=attempt,
            traceparent=body["traceparent"],
            manifest_prefix=manifest_prefix(listing_id, date, batch_id, attempt),
        )
        return cls(batch, tuple(_normalised(asset) for asset in assets))

    @staticmethod
    def _announced(body: Mapping[str, Any], read_manifest: ManifestReader) -> list[dict[str, Any]]:
        key = body["manifestKey"]
        if not key.startswith(f"{body['listingId']}/{Stage.RAW}/"):
            raise BatchRefusedError(f"manifestKey must stand under {body['listingId']}/{Stage.RAW}/")
        manifest = read_manifest(key)
        _check(_manifest_check, manifest, f"manifest {key}: ")
        assets: list[dict[str, Any]] = manifest["assets"]
        return assets

    def to_json(self) -> dict[str, Any]:
        """What ``input.json`` holds; `from_json` reads it."""
        return self.batch.to_state() | {"assets": list(self.assets)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(Batch.from_state(document), tuple(document["assets"]))


def parse_json(text: str | bytes) -> Any:
    """Read a JSON text from outside.

    Raises
    ------
    BatchRefusedError
        It is no JSON, nests too deeply, holds ``NaN`` or ``Infinity``, which JSON does not know, or half of a surrogate
        pair: such a text can neither be written to S3 nor sent on, so no retry helps.
    """
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BatchRefusedError(f"the body is not JSON: {str(error)[:200]}") from error
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def announced_date(listing_id: str, assets: Any) -> str | None:
    """Date of the first raw key of this listing: the batch's own outputs stand under it, also after midnight.

    Parameters
    ----------
    assets
        As announced; of a malformed list, what can be read of it.
    """
    for asset in assets if isinstance(assets, list) else []:
        try:
            key = MediaKey.parse(asset["key"])
        except (AssetError, TypeError, KeyError, AttributeError):
            continue
        if key.listing_id == listing_id:
            return key.date
    return None


def _normalised(asset: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: asset.get(name) for name in _ASSET_MEMBERS}
    return known | {
        "bytes": int(asset["bytes"]),
        "sequence": int(asset["sequence"]),
        "checksumSha256": asset["checksumSha256"].lower(),
    }


@cache
def _message_check() -> Callable[[Any], Any]:
    return _compiled(MESSAGE_SCHEMA)


@cache
def _manifest_check() -> Callable[[Any], Any]:
    return _compiled(MANIFEST_SCHEMA)


def _compiled(schema: dict[str, Any]) -> Callable[[Any], Any]:
    import fastjsonschema  # type: ignore[import-untyped]

    check: Callable[[Any], Any] = fastjsonschema.compile(schema, use_default=False)
    return check


def _check(check: Callable[[], Callable[[Any], Any]], document: Any, context: str = "") -> None:
    import fastjsonschema

    try:
        check()(document)
    except fastjsonschema.JsonSchemaValueException as error:
        raise BatchRefusedError(f"{context}{error.message[:300]}") from error
