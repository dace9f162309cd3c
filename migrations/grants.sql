-- What the backend's account may do: exactly this. Run by an account that may grant, with the schema selected:
--   mysql --host=HOST --user=DBA --password toq_server < migrations/grants.sql
-- Apart from the migrations on purpose: they need no GRANT OPTION. Repeating it changes nothing; revoke.sql undoes it.
GRANT SELECT, INSERT, UPDATE, DELETE ON listing_media_batches TO 'toq_app'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON listing_media_assets TO 'toq_app'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON listing_media_jobs TO 'toq_app'@'%';
GRANT SELECT ON listing_media_active_batches TO 'toq_app'@'%';
