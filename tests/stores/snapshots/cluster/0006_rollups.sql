CREATE TABLE IF NOT EXISTS `sightline`.rollup_units_local ON CLUSTER 'main' (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  unit UInt32 CODEC(ZSTD(1)),
  changed_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1)),
  computed_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (workspace_id, project_id, unit)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.rollup_units ON CLUSTER 'main' AS `sightline`.rollup_units_local
ENGINE = Distributed('main', 'sightline', 'rollup_units_local', sipHash64(project_id, unit));

CREATE TABLE IF NOT EXISTS `sightline`.rollups_local ON CLUSTER 'main' (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  entity String CODEC(ZSTD(1)),
  unit UInt32 CODEC(ZSTD(1)),
  hour Int64 CODEC(ZSTD(1)),
  source String CODEC(ZSTD(1)),
  type String CODEC(ZSTD(1)),
  computed_us Int64 CODEC(ZSTD(1)),
  count UInt64 CODEC(ZSTD(1)),
  errors UInt64 CODEC(ZSTD(1)),
  ended UInt64 CODEC(ZSTD(1)),
  durations Map(Int16, UInt64) CODEC(ZSTD(1)),
  tags UInt64 CODEC(ZSTD(1)),
  inputs UInt64 CODEC(ZSTD(1)),
  outputs UInt64 CODEC(ZSTD(1)),
  metadatas UInt64 CODEC(ZSTD(1)),
  cost Decimal(38, 12) CODEC(ZSTD(1)),
  cost_count UInt64 CODEC(ZSTD(1)),
  tokens Int64 CODEC(ZSTD(1)),
  tokens_count UInt64 CODEC(ZSTD(1)),
  spans UInt64 CODEC(ZSTD(1)),
  llm_spans UInt64 CODEC(ZSTD(1)),
  usage_sums Map(String, Int64) CODEC(ZSTD(1)),
  usage_counts Map(String, UInt64) CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', computed_us)
ORDER BY (workspace_id, project_id, entity, unit, hour, source, type)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.rollups ON CLUSTER 'main' AS `sightline`.rollups_local
ENGINE = Distributed('main', 'sightline', 'rollups_local', sipHash64(project_id, unit));
