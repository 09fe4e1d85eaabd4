CREATE TABLE IF NOT EXISTS schema_migrations (
  version UInt32, name String, checksum String, applied_at DateTime DEFAULT now()
) ENGINE = MergeTree ORDER BY version SETTINGS fsync_after_insert = 1;
