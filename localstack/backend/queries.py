"""The backend's statements, each an index access (tests/integration/database/test_index_use.py asks EXPLAIN)."""

from typing import Final

INSERT_BATCH: Final = """
INSERT INTO listing_media_batches (listing_id, photographer_user_id, status, upload_manifest_json,
                                   processing_metadata_json)
VALUES (%(listing_id)s, %(photographer_user_id)s, 'PENDING_UPLOAD', %(upload_manifest_json)s,
        %(processing_metadata_json)s)
"""

SET_MANIFEST: Final = "UPDATE listing_media_batches SET upload_manifest_json = %s WHERE id = %s"

INSERT_ASSET: Final = """
INSERT INTO listing_media_assets (batch_id, asset_type, orientation, source_key, checksum_sha256, content_type, bytes,
                                  title, sequence)
VALUES (%(batch_id)s, %(asset_type)s, %(orientation)s, %(source_key)s, %(checksum_sha256)s, %(content_type)s,
        %(bytes)s, %(title)s, %(sequence)s)
"""

BATCH: Final = "SELECT * FROM listing_media_batches WHERE id = %s AND deleted_at IS NULL"

# Taken before anything that depends on the batch's attempt is read: callbacks of one batch queue up here.
LOCK_BATCH: Final = f"{BATCH} FOR UPDATE"

SAVE_PROGRESS: Final = """
UPDATE listing_media_batches
SET status = %(status)s, processing_metadata_json = %(processing_metadata_json)s, received_at = %(received_at)s,
    processing_started_at = %(processing_started_at)s, processing_finished_at = %(processing_finished_at)s,
    error_code = %(error_code)s, error_detail = %(error_detail)s
WHERE id = %(id)s
"""

FORGET_OUTPUTS: Final = """
UPDATE listing_media_assets
SET processed_key = NULL, thumbnail_key = NULL, resolution = NULL, duration_seconds = NULL,
    variant_metadata_json = NULL
WHERE batch_id = %s
"""

SAVE_OUTPUT: Final = """
UPDATE listing_media_assets
SET processed_key = %(processed_key)s, thumbnail_key = %(thumbnail_key)s, resolution = %(resolution)s,
    duration_seconds = %(duration_seconds)s, variant_metadata_json = %(variant_metadata_json)s
WHERE id = %(id)s
"""

JOB: Final = """
SELECT id FROM listing_media_jobs
WHERE batch_id = %(batch_id)s AND provider = %(provider)s AND external_job_id = %(external_job_id)s
ORDER BY id DESC LIMIT 1
"""

INSERT_JOB: Final = """
INSERT INTO listing_media_jobs (batch_id, external_job_id, provider, status, input_payload_json, output_payload_json,
                                started_at, finished_at)
VALUES (%(batch_id)s, %(external_job_id)s, %(provider)s, %(status)s, %(input_payload_json)s, %(output_payload_json)s,
        %(started_at)s, %(finished_at)s)
"""

UPDATE_JOB: Final = """
UPDATE listing_media_jobs
SET status = %(status)s, input_payload_json = %(input_payload_json)s, output_payload_json = %(output_payload_json)s,
    started_at = %(started_at)s, finished_at = %(finished_at)s
WHERE id = %(id)s
"""

# ORDER BY id DESC LIMIT tempts the optimizer to walk the primary key backwards until enough rows fit: past every newer
# batch of other listings. The keys that the requirements name give the order by themselves, so the queries name them.
BATCHES_BY_STATUS: Final = """
SELECT * FROM listing_media_batches FORCE INDEX (idx_listing_status)
WHERE listing_id = %s AND status = %s AND deleted_at IS NULL
ORDER BY id DESC LIMIT 50
"""

NEWEST_BATCH: Final = """
SELECT * FROM listing_media_batches FORCE INDEX (idx_listing_newest)
WHERE listing_id = %s AND deleted_at IS NULL
ORDER BY id DESC LIMIT 1
"""

ASSETS_IN_ORDER: Final = "SELECT * FROM listing_media_assets WHERE batch_id = %s ORDER BY sequence"

JOBS: Final = "SELECT * FROM listing_media_jobs FORCE INDEX (idx_batch_job) WHERE batch_id = %s ORDER BY id DESC"

LAST_JOB: Final = f"{JOBS} LIMIT 1"

# Handed to the pipeline, or meant to be, and silent since: an execution ends within an hour (requirements, 1.4).
STUCK_BATCHES: Final = """
SELECT id, listing_id, status, received_at FROM listing_media_batches
WHERE status IN ('RECEIVED', 'PROCESSING') AND received_at < %s AND deleted_at IS NULL
ORDER BY received_at LIMIT 100
"""
