-- What the migrations make of a schema that holds the backend's tables, as MySQL 8.0.19 or newer prints it.
-- Written by `python -m operations.migrate snapshot`; a test keeps it current. Do not edit.

CREATE TABLE `listing_media_batches` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `listing_id` bigint unsigned NOT NULL,
  `photographer_user_id` bigint unsigned DEFAULT NULL COMMENT 'NULL: the owner of a development project uploaded (project/* media), no photographer',
  `status` enum('PENDING_UPLOAD','RECEIVED','PROCESSING','FAILED','READY') COLLATE utf8mb4_unicode_ci NOT NULL,
  `upload_manifest_json` json NOT NULL COMMENT 'what was announced; uploadedBy says PHOTOGRAPHER or OWNER',
  `processing_metadata_json` json DEFAULT NULL COMMENT 'current attempt and what its callback said of the batch',
  `received_at` datetime(6) DEFAULT NULL,
  `processing_started_at` datetime(6) DEFAULT NULL,
  `processing_finished_at` datetime(6) DEFAULT NULL,
  `error_code` varchar(50) COLLATE utf8mb4_unicode_ci DEFAULT NULL,
  `error_detail` text COLLATE utf8mb4_unicode_ci,
  `deleted_at` datetime(6) DEFAULT NULL COMMENT 'soft deletion; nothing removes the row or its objects',
  PRIMARY KEY (`id`),
  KEY `idx_listing_status` (`listing_id`,`status`),
  KEY `idx_listing_newest` (`listing_id`,`id` DESC),
  KEY `idx_status_received` (`status`,`received_at`),
  KEY `idx_photographer` (`photographer_user_id`),
  CONSTRAINT `fk_listing_media_batches_listing` FOREIGN KEY (`listing_id`) REFERENCES `listing_identities` (`id`) ON DELETE CASCADE,
  CONSTRAINT `fk_listing_media_batches_photographer` FOREIGN KEY (`photographer_user_id`) REFERENCES `users` (`id`),
  CONSTRAINT `chk_listing_media_batches_finished_after_started` CHECK ((`processing_finished_at` >= `processing_started_at`)),
  CONSTRAINT `chk_listing_media_batches_no_photographer_only_for_owner` CHECK (((`photographer_user_id` is not null) or json_contains(`upload_manifest_json`,_utf8mb4'{"uploadedBy": "OWNER"}')))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `listing_media_assets` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `batch_id` bigint unsigned NOT NULL,
  `asset_type` enum('PHOTO_VERTICAL','PHOTO_HORIZONTAL','VIDEO_VERTICAL','VIDEO_HORIZONTAL','THUMBNAIL','ZIP','PROJECT_DOC','PROJECT_RENDER') COLLATE utf8mb4_unicode_ci NOT NULL,
  `orientation` enum('VERTICAL','HORIZONTAL') COLLATE utf8mb4_unicode_ci DEFAULT NULL,
  `source_key` varchar(512) COLLATE utf8mb4_unicode_ci NOT NULL,
  `processed_key` varchar(512) COLLATE utf8mb4_unicode_ci DEFAULT NULL,
  `thumbnail_key` varchar(512) COLLATE utf8mb4_unicode_ci DEFAULT NULL,
  `checksum_sha256` char(64) COLLATE utf8mb4_unicode_ci NOT NULL COMMENT 'hex, of the uploaded bytes',
  `content_type` varchar(100) COLLATE utf8mb4_unicode_ci NOT NULL,
  `bytes` bigint unsigned NOT NULL COMMENT 'of the uploaded file',
  `resolution` varchar(20) COLLATE utf8mb4_unicode_ci DEFAULT NULL COMMENT 'pixels of the processed file, e.g. 1920x1080',
  `duration_seconds` int unsigned DEFAULT NULL,
  `title` varchar(255) COLLATE utf8mb4_unicode_ci DEFAULT NULL,
  `sequence` int unsigned DEFAULT NULL COMMENT 'order within the listing; several NULLs are allowed',
  `variant_metadata_json` json DEFAULT NULL COMMENT 'keys of all outputs, or errorCode and errorMessage',
  PRIMARY KEY (`id`),
  UNIQUE KEY `uk_batch_sequence` (`batch_id`,`sequence`),
  KEY `idx_batch_type` (`batch_id`,`asset_type`),
  CONSTRAINT `fk_listing_media_assets_batch` FOREIGN KEY (`batch_id`) REFERENCES `listing_media_batches` (`id`) ON DELETE CASCADE,
  CONSTRAINT `chk_listing_media_assets_checksum_is_hex` CHECK (regexp_like(`checksum_sha256`,_utf8mb4'^[0-9a-fA-F]{64}$')),
  CONSTRAINT `chk_listing_media_assets_not_empty` CHECK ((`bytes` > 0))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `listing_media_jobs` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `batch_id` bigint unsigned NOT NULL,
  `external_job_id` varchar(255) COLLATE utf8mb4_unicode_ci NOT NULL COMMENT 'execution ARN, or MediaConvert job id',
  `provider` enum('STEP_FUNCTIONS','MEDIACONVERT') COLLATE utf8mb4_unicode_ci NOT NULL,
  `status` varchar(50) COLLATE utf8mb4_unicode_ci NOT NULL,
  `input_payload_json` json DEFAULT NULL,
  `output_payload_json` json DEFAULT NULL,
  `started_at` datetime(6) DEFAULT NULL,
  `finished_at` datetime(6) DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `idx_batch_job` (`batch_id`,`id` DESC),
  CONSTRAINT `fk_listing_media_jobs_batch` FOREIGN KEY (`batch_id`) REFERENCES `listing_media_batches` (`id`) ON DELETE CASCADE,
  CONSTRAINT `chk_listing_media_jobs_finished_after_started` CHECK ((`finished_at` >= `started_at`))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE ALGORITHM=UNDEFINED SQL SECURITY INVOKER VIEW `listing_media_active_batches` AS select `b`.`id` AS `batch_id`,`b`.`listing_id` AS `listing_id`,`b`.`photographer_user_id` AS `photographer_user_id`,`b`.`status` AS `status`,`b`.`received_at` AS `received_at`,`b`.`processing_started_at` AS `processing_started_at`,timestampdiff(SECOND,coalesce(`b`.`received_at`,cast(json_unquote(json_extract(`b`.`upload_manifest_json`,'$.registeredAt')) as datetime(6))),utc_timestamp(6)) AS `age_seconds`,(select count(0) from `listing_media_assets` `a` where ((`a`.`batch_id` = `b`.`id`) and (`a`.`processed_key` is null) and (json_extract(`a`.`variant_metadata_json`,'$.errorCode') is null))) AS `assets_pending`,(select count(0) from `listing_media_assets` `a` where ((`a`.`batch_id` = `b`.`id`) and (`a`.`processed_key` is not null))) AS `assets_processed`,(select count(0) from `listing_media_assets` `a` where ((`a`.`batch_id` = `b`.`id`) and (`a`.`processed_key` is null) and (json_extract(`a`.`variant_metadata_json`,'$.errorCode') is not null))) AS `assets_failed`,`j`.`provider` AS `last_job_provider`,`j`.`external_job_id` AS `last_job_id`,`j`.`status` AS `last_job_status`,`j`.`started_at` AS `last_job_started_at`,`j`.`finished_at` AS `last_job_finished_at` from (`listing_media_batches` `b` left join `listing_media_jobs` `j` on((`j`.`id` = (select max(`latest`.`id`) from `listing_media_jobs` `latest` where (`latest`.`batch_id` = `b`.`id`))))) where ((`b`.`deleted_at` is null) and (`b`.`status` in ('PENDING_UPLOAD','RECEIVED','PROCESSING')));

CREATE TABLE listing_media_migrations (version VARCHAR(128) NOT NULL, PRIMARY KEY (version)) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

INSERT INTO listing_media_migrations (version) VALUES
  ('20261122200100'),
  ('20261122200200'),
  ('20261122200300'),
  ('20261122200400');
