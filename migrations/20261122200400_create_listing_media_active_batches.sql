-- Batches that still wait for something: not deleted, neither READY nor FAILED (requirements, section 2, DBA).
-- INVOKER: the view goes on working when the account that created it is dropped, and gives nobody more rights.
-- The counts are subqueries by index, one set per active batch: joining and grouping would read every asset.

-- migrate:up
CREATE OR REPLACE SQL SECURITY INVOKER VIEW listing_media_active_batches AS
SELECT
  b.id AS batch_id,
  b.listing_id,
  b.photographer_user_id,
  b.status,
  b.received_at,
  b.processing_started_at,
  TIMESTAMPDIFF(
    SECOND,
    COALESCE(
      b.received_at,
      CAST(JSON_UNQUOTE(JSON_EXTRACT(b.upload_manifest_json, '$.registeredAt')) AS DATETIME(6))
    ),
    UTC_TIMESTAMP(6)
  ) AS age_seconds,
  (SELECT COUNT(*) FROM listing_media_assets a
    WHERE a.batch_id = b.id AND a.processed_key IS NULL
      AND JSON_EXTRACT(a.variant_metadata_json, '$.errorCode') IS NULL) AS assets_pending,
  (SELECT COUNT(*) FROM listing_media_assets a
    WHERE a.batch_id = b.id AND a.processed_key IS NOT NULL) AS assets_processed,
  (SELECT COUNT(*) FROM listing_media_assets a
    WHERE a.batch_id = b.id AND a.processed_key IS NULL
      AND JSON_EXTRACT(a.variant_metadata_json, '$.errorCode') IS NOT NULL) AS assets_failed,
  j.provider AS last_job_provider,
  j.external_job_id AS last_job_id,
  j.status AS last_job_status,
  j.started_at AS last_job_started_at,
  j.finished_at AS last_job_finished_at
FROM listing_media_batches b
LEFT JOIN listing_media_jobs j
  ON j.id = (SELECT MAX(latest.id) FROM listing_media_jobs latest WHERE latest.batch_id = b.id)
WHERE b.deleted_at IS NULL AND b.status IN ('PENDING_UPLOAD', 'RECEIVED', 'PROCESSING');

-- migrate:down
DROP VIEW listing_media_active_batches;
