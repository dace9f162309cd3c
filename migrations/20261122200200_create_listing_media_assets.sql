-- One uploaded file of a batch and what the pipeline made of it (requirements, section 2).

-- migrate:up
CREATE TABLE listing_media_assets (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  batch_id BIGINT UNSIGNED NOT NULL,
  asset_type ENUM('PHOTO_VERTICAL', 'PHOTO_HORIZONTAL', 'VIDEO_VERTICAL', 'VIDEO_HORIZONTAL', 'THUMBNAIL', 'ZIP',
                  'PROJECT_DOC', 'PROJECT_RENDER') NOT NULL,
  orientation ENUM('VERTICAL', 'HORIZONTAL') NULL,
  source_key VARCHAR(512) NOT NULL,
  processed_key VARCHAR(512) NULL,
  thumbnail_key VARCHAR(512) NULL,
  checksum_sha256 CHAR(64) NOT NULL COMMENT 'hex, of the uploaded bytes',
  content_type VARCHAR(100) NOT NULL,
  bytes BIGINT UNSIGNED NOT NULL COMMENT 'of the uploaded file',
  resolution VARCHAR(20) NULL COMMENT 'pixels of the processed file, e.g. 1920x1080',
  duration_seconds INT UNSIGNED NULL,
  title VARCHAR(255) NULL,
  sequence INT UNSIGNED NULL COMMENT 'order within the listing; several NULLs are allowed',
  variant_metadata_json JSON NULL COMMENT 'keys of all outputs, or errorCode and errorMessage',
  PRIMARY KEY (id),
  UNIQUE KEY uk_batch_sequence (batch_id, sequence),
  KEY idx_batch_type (batch_id, asset_type),
  CONSTRAINT fk_listing_media_assets_batch
    FOREIGN KEY (batch_id) REFERENCES listing_media_batches (id) ON DELETE CASCADE,
  CONSTRAINT chk_listing_media_assets_checksum_is_hex
    CHECK (checksum_sha256 REGEXP '^[0-9a-fA-F]{64}$'),
  CONSTRAINT chk_listing_media_assets_not_empty
    CHECK (bytes > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- migrate:down
DROP TABLE listing_media_assets;
