CREATE TABLE IF NOT EXISTS `sightline`.words_local ON CLUSTER 'main' (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  entity String CODEC(ZSTD(1)),
  unit UInt32 CODEC(ZSTD(1)),
  slices UInt16 CODEC(ZSTD(1)),
  slice UInt16 CODEC(ZSTD(1)),
  worded_us Int64 CODEC(ZSTD(1)),
  is_dense UInt8 CODEC(ZSTD(1)),
  words String CODEC(LZ4)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', worded_us)
ORDER BY (workspace_id, project_id, entity, unit, slices, slice)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.words ON CLUSTER 'main' AS `sightline`.words_local
ENGINE = Distributed('main', 'sightline', 'words_local', sipHash64(project_id, unit));

ALTER TABLE `sightline`.rollup_units_local ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS worded_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));

ALTER TABLE `sightline`.rollup_units ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS worded_us SimpleAggregateFunction(max, Int64);
