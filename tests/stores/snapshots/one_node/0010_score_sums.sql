CREATE TABLE IF NOT EXISTS score_sums (
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
ENGINE = ReplacingMergeTree(scored_us)
ORDER BY (workspace_id, project_id, entity, unit, hour, source, type, slice, of_spans, name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

ALTER TABLE rollup_units ADD COLUMN IF NOT EXISTS scores_changed_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));

ALTER TABLE rollup_units ADD COLUMN IF NOT EXISTS scored_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));
