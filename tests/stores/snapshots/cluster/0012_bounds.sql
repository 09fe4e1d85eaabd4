CREATE TABLE IF NOT EXISTS `sightline`.bounds_local ON CLUSTER 'main' (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  entity String CODEC(ZSTD(1)),
  unit UInt32 CODEC(ZSTD(1)),
  slice UInt16 CODEC(ZSTD(1)),
  first_id FixedString(16) CODEC(ZSTD(1)),
  last_id FixedString(16) CODEC(ZSTD(1)),
  bounded_us Int64 CODEC(ZSTD(1)),
  count UInt64 CODEC(ZSTD(1)),
  is_apart UInt8 CODEC(ZSTD(1)),
  least Map(String, Float64) CODEC(ZSTD(1)),
  most Map(String, Float64) CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', bounded_us)
ORDER BY (workspace_id, project_id, entity, unit, slice)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.bounds ON CLUSTER 'main' AS `sightline`.bounds_local
ENGINE = Distributed('main', 'sightline', 'bounds_local', sipHash64(project_id, unit));

ALTER TABLE `sightline`.rollup_units_local ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS bounded_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));

ALTER TABLE `sightline`.rollup_units ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS bounded_us SimpleAggregateFunction(max, Int64);
