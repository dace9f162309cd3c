-- One upload of media for a listing, from its registration to READY or FAILED (requirements, section 2).
-- All datetimes are UTC.

-- migrate:up
CREATE TABLE listing_media_batches (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  listing_id BIGINT UNSIGNED NOT NULL,
  photographer_user_id BIGINT UNSIGNED NULL
    COMMENT 'NULL: the owner of a development project uploaded (project/* media), no photographer',
  status ENUM('PENDING_UPLOAD', 'RECEIVED', 'PROCESSING', 'FAILED', 'READY') NOT NULL,
  upload_manifest_json JSON NOT NULL COMMENT 'what was announced; uploadedBy says PHOTOGRAPHER or OWNER',
  processing_metadata_json JSON NULL COMMENT 'current attempt and what its callback said of the batch',
  received_at DATETIME(6) NULL,
  processing_started_at DATETIME(6) NULL,
  processing_finished_at DATETIME(6) NULL,
  error_code VARCHAR(50) NULL,
  error_detail TEXT NULL,
  deleted_at DATETIME(6) NULL COMMENT 'soft deletion; nothing removes the row or its objects',
  PRIMARY KEY (id),
  KEY idx_listing_status (listing_id, status),
  KEY idx_listing_newest (listing_id, id DESC),
  -- Beyond the requirements: finding stuck batches, and the view of active ones, would otherwise read every row.
  KEY idx_status_received (status, received_at),
  -- InnoDB needs an index for the foreign key and would add one under a name of its own.
  KEY idx_photographer (photographer_user_id),
  CONSTRAINT fk_listing_media_batches_listing
    FOREIGN KEY (listing_id) REFERENCES listing_identities (id) ON DELETE CASCADE,
  CONSTRAINT fk_listing_media_batches_photographer
    FOREIGN KEY (photographer_user_id) REFERENCES users (id),
  CONSTRAINT chk_listing_media_batches_no_photographer_only_for_owner
    CHECK (photographer_user_id IS NOT NULL OR JSON_CONTAINS(upload_manifest_json, '{"uploadedBy": "OWNER"}')),
  CONSTRAINT chk_listing_media_batches_finished_after_started
    CHECK (processing_finished_at >= processing_started_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- migrate:down
DROP TABLE listing_media_batches;
