-- Takes back what grants.sql gave. Run it before a rollback: grants outlive a dropped table.
REVOKE SELECT ON listing_media_active_batches FROM 'toq_app'@'%';
REVOKE SELECT, INSERT, UPDATE, DELETE ON listing_media_jobs FROM 'toq_app'@'%';
REVOKE SELECT, INSERT, UPDATE, DELETE ON listing_media_assets FROM 'toq_app'@'%';
REVOKE SELECT, INSERT, UPDATE, DELETE ON listing_media_batches FROM 'toq_app'@'%';
