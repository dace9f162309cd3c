-- One run of something that worked on a batch: a Step Functions execution or a MediaConvert job (requirements, section 2).

-- migrate:up
CREATE TABLE listing_media_jobs (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  batch_id BIGINT UNSIGNED NOT NULL,
  external_job_id VARCHAR(255) NOT NULL COMMENT 'execution ARN, or MediaConvert job id',
  provider ENUM('STEP_FUNCTIONS', 'MEDIACONVERT') NOT NULL,
  status VARCHAR(50) NOT NULL,
  input_payload_json JSON NULL,
  output_payload_json JSON NULL,
  started_at DATETIME(6) NULL,
  finished_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  -- The requirements say (batch_id, created_at DESC), but created_at was removed: ids grow with time.
  KEY idx_batch_job (batch_id, id DESC),
  CONSTRAINT fk_listing_media_jobs_batch
    FOREIGN KEY (batch_id) REFERENCES listing_media_batches (id) ON DELETE CASCADE,
  CONSTRAINT chk_listing_media_jobs_finished_after_started
    CHECK (finished_at >= started_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- migrate:down
DROP TABLE listing_media_jobs;
