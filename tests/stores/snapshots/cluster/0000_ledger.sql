CREATE TABLE IF NOT EXISTS `sightline`.schema_migrations ON CLUSTER 'main' (
  version UInt32, name String, checksum String, applied_at DateTime DEFAULT now()
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}') ORDER BY version SETTINGS fsync_after_insert = 1;
