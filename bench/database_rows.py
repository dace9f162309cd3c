"""Rows such as a year of production leaves behind, made by the server itself so that ten million take minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pymysql.cursors import DictCursor

ASSETS_PER_BATCH: Final = 10
BATCHES_PER_LISTING: Final = 5
AT_WORK: Final = 120  # the newest ones, half of them in the queue: an hour's, at a million a year
_CHUNK: Final = 5_000  # batches per statement: 50,000 assets, a transaction that a small server bears
_DIGITS: Final = " UNION ALL ".join(f"SELECT {digit} AS n" for digit in range(10))

# 0 to _CHUNK - 1, from a cross join: recursion stops at 1,000 by default (cte_max_recursion_depth).
_NUMBERS: Final = f"""
(SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS i
 FROM ({_DIGITS}) a, ({_DIGITS}) b, ({_DIGITS}) c, ({_DIGITS}) d) numbers
"""  # noqa: S608 - constants
# A manifest has about 250 bytes for each asset, as the reference backend writes it.
_ASSET_JSON: Final = (
    '{"key": "123456/raw/photo/horizontal/2026-11-22/123456-0001-DSC_0001.jpg", "assetType": "PHOTO_HORIZONTAL", '
    '"contentType": "image/jpeg", "bytes": 8388608, "checksumSha256": "' + "0123456789abcdef" * 4 + '", "sequence": 1}'
)
_VARIANTS_JSON: Final = (
    '{"outputs": {'
    + ", ".join(
        f'"{name}": "123456/thumb/photo/horizontal/2026-11-22/123456-0001-DSC_0001-{name}.jpg"'
        for name in ("processed", "thumbnail", "small", "medium", "large")
    )
    + '}, "processed": {"bytes": 8388608, "contentType": "image/jpeg"}}'
)

_PARENTS: Final = (
    "INSERT INTO users (id, full_name) SELECT 1000000 + %(first)s + i, 'P' FROM {numbers} WHERE i < %(count)s",
    "INSERT INTO listing_identities (id, listing_uuid) SELECT 1000000 + %(first)s + i, UUID() FROM {numbers} "
    "WHERE i < %(count)s",
)
# Nearly all have ended, one in a hundred badly; one in fifty was registered and never uploaded.
_BATCHES: Final = """
INSERT INTO listing_media_batches (id, listing_id, photographer_user_id, status, upload_manifest_json,
                                   processing_metadata_json, received_at, processing_started_at, processing_finished_at)
SELECT made.id, made.listing_id, made.listing_id, made.status,
       CONCAT('{{"uploadedBy": "PHOTOGRAPHER", "assets": [', %(assets)s, ']}}'),
       '{{"attempt": 0, "callback": {{"zipBundles": ["123456/zip/complete/2026-11-22/batch-123456.zip"]}}}}',
       IF(made.status = 'PENDING_UPLOAD', NULL, made.at),
       IF(made.status = 'PENDING_UPLOAD', NULL, made.at),
       IF(made.status IN ('READY', 'FAILED'), made.at + INTERVAL 90 SECOND, NULL)
FROM (SELECT 1 + %(first)s + i AS id, 1000000 + FLOOR((%(first)s + i) / {per_listing}) AS listing_id,
             UTC_TIMESTAMP(6) - INTERVAL (%(total)s - %(first)s - i) * 30 SECOND AS at,
             CASE WHEN %(first)s + i >= %(total)s - {at_work} / 2 THEN 'RECEIVED'
                  WHEN %(first)s + i >= %(total)s - {at_work} THEN 'PROCESSING'
                  WHEN i %% 50 = 7 THEN 'PENDING_UPLOAD' WHEN i %% 100 = 13 THEN 'FAILED' ELSE 'READY' END AS status
      FROM {numbers} WHERE i < %(count)s) made
"""
_ASSETS: Final = """
INSERT INTO listing_media_assets (batch_id, asset_type, orientation, source_key, processed_key, thumbnail_key,
                                  checksum_sha256, content_type, bytes, resolution, title, sequence,
                                  variant_metadata_json)
SELECT 1 + %(first)s + i, 'PHOTO_HORIZONTAL', 'HORIZONTAL',
       CONCAT('123456/raw/photo/horizontal/2026-11-22/', i, '-DSC_0001.jpg'),
       CONCAT('123456/processed/photo/horizontal/2026-11-22/', i, '-DSC_0001.jpg'),
       CONCAT('123456/thumb/photo/horizontal/2026-11-22/', i, '-DSC_0001-thumbnail.jpg'),
       SHA2(i, 256), 'image/jpeg', 8388608, '6000x4000', 'Sala', position.n, %(variants)s
FROM {numbers}, ({digits}) position WHERE i < %(count)s
"""
_JOBS: Final = """
INSERT INTO listing_media_jobs (batch_id, external_job_id, provider, status, input_payload_json, output_payload_json,
                                started_at, finished_at)
SELECT 1 + %(first)s + i,
       CONCAT('arn:aws:states:sa-east-1:123456789012:execution:listing-media-processing-sm:batch-', i, '-0'),
       'STEP_FUNCTIONS', 'SUCCEEDED', '{{"attempt": 0}}', '{{"status": "SUCCEEDED"}}', UTC_TIMESTAMP(6),
       UTC_TIMESTAMP(6)
FROM {numbers} WHERE i < %(count)s
"""


@dataclass(frozen=True, slots=True)
class Volume:
    """How much there is.

    Parameters
    ----------
    batches
        Each with `ASSETS_PER_BATCH` assets and one job.
    """

    batches: int

    @property
    def first_listing(self) -> int:
        """Listings are numbered from here; each has `BATCHES_PER_LISTING` batches."""
        return 1_000_000

    @property
    def listings(self) -> int:
        return -(-self.batches // BATCHES_PER_LISTING)


def fill(cursor: DictCursor, volume: Volume, tell: Callable[[int], None] = lambda done: None) -> None:
    """Fill migrated, empty tables and bring the optimizer's statistics up to date.

    Parameters
    ----------
    tell
        Told of the batches that are there.
    """
    for template in _PARENTS:
        _in_chunks(cursor, template, volume.listings)
    for first in range(0, volume.batches, _CHUNK):
        count = min(_CHUNK, volume.batches - first)
        arguments = {
            "first": first,
            "count": count,
            "total": volume.batches,
            "assets": ", ".join([_ASSET_JSON] * ASSETS_PER_BATCH),
            "variants": _VARIANTS_JSON,
        }
        for template in (_BATCHES, _ASSETS, _JOBS):
            cursor.execute(_complete(template), arguments)
        tell(first + count)
    cursor.execute("ANALYZE TABLE listing_media_batches, listing_media_assets, listing_media_jobs")
    cursor.fetchall()


def _in_chunks(cursor: DictCursor, template: str, rows: int) -> None:
    for first in range(0, rows, _CHUNK):
        cursor.execute(_complete(template), {"first": first, "count": min(_CHUNK, rows - first)})


def _complete(template: str) -> str:
    return template.format(numbers=_NUMBERS, digits=_DIGITS, per_listing=BATCHES_PER_LISTING, at_work=AT_WORK)
