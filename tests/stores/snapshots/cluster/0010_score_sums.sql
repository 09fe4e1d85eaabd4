CREATE TABLE IF NOT EXISTS `sightline`.score_sums_local ON CLUSTER 'main' (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  entity String CODEC(ZSTD(1)),
  unit UInt32 CODEC(ZSTD(1)),
  hour Int64 CODEC(ZSTD(1)),
  source String CODEC(ZSTD(1)),
  type String CODEC(ZSTD(1)),
  slice UInt16 CODEC(ZSTD(1)),
  of_spans UInt8 CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  scored_us Int64 CODEC(ZSTD(1)),
  total Float64 CODEC(ZSTD(1)),
  count UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', scored_us)
ORDER BY (workspace_id, project_id, entity, unit, hour, source, type, slice, of_spans, name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.score_sums ON CLUSTER 'main' AS `sightline`.score_sums_local
ENGINE = Distributed('main', 'sightline', 'score_sums_local', sipHash64(project_id, unit));

ALTER TABLE `sightline`.rollup_units_local ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS scores_changed_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));

ALTER TABLE `sightline`.rollup_units ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS scores_changed_us SimpleAggregateFunction(max, Int64);

ALTER TABLE `sightline`.rollup_units_local ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS scored_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));

ALTER TABLE `sightline`.rollup_units ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS scored_us SimpleAggregateFunction(max, Int64);
